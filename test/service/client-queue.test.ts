import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { openEvents } from '../support/event-stream.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { openFrames } from '../support/web-socket.ts'
import { bodiesOf } from '../support/world.ts'

const original = await startClientQueueWorld(t)
const world = withInstancesHere(original)
const { sqs } = world
/** A visibility timeout longer than any test, so that a message comes again only if it was released. */
const longLeases = { SESSION_LINGER_SECONDS: '1', SQS_VISIBILITY_TIMEOUT_SECONDS: '3600' }
const receivesOpen = (service: { url: string }) => world.metric(service, 'sqs_receives_open')

/** Creates the client's queue, as an operator does before the client's first poll. */
async function makeQueue(clientId: string, attributes: Record<string, string> = {}): Promise<string> {
  const { queueUrl } = await world.session(service, clientId)
  return (await sqs.createQueue(`${queueUrl}`.split('/').at(-1) ?? '', attributes)).url
}

const service = await world.service(t)

t.test('an instance in mode 2 does not connect to a database', async (t) => {
  let connections = 0
  const database = createServer(() => connections++).listen(0, '127.0.0.1')
  t.teardown(() => database.close())
  await once(database, 'listening')
  const service = await world.service(t, {
    DB_HOST: '127.0.0.1',
    DB_PORT: String((database.address() as AddressInfo).port),
  })
  const held = world.poll(service, 'alice')
  await world.publish(service, 'alice', 'hello')
  t.same(bodiesOf(await held), ['hello'])
  t.same(await world.readiness(service), { status: 200, queue: 'ok', keys: 'ok' })
  t.equal(connections, 0)
})

t.test('a client that polls without waiting gets the messages that were sent before', async (t) => {
  const queueUrl = await makeQueue('bob')
  await sqs.send(queueUrl, 'early', { addressee: 'bob', subject: 'greeting' })
  t.same(bodiesOf(await world.poll(service, 'bob', 'wait=0')), ['early'])
})

t.test('the poller of a client that has left ends, and unacknowledged messages are released', async (t) => {
  const service = await world.service(t, longLeases)
  const held = world.poll(service, 'carol', 'ack=next&wait=20')
  await world.publish(service, 'carol', 'unheard')
  t.same(bodiesOf(await held), ['unheard'])
  t.match(await world.session(service, 'carol'), { online: true }, 'the session outlives the gap')
  const queueUrl = await world.queueOf(service, 'carol')
  let [message] = await sqs.receive(queueUrl)
  while (message === undefined) [message] = await sqs.receive(queueUrl)
  t.equal(message.Body, 'unheard')
  t.match(await world.session(service, 'carol'), { online: false, instanceId: null, queueUrl })
  // The last receive may still be open; a message ends it, and is released.
  await sqs.send(queueUrl, 'afterwards', { addressee: 'carol', subject: 'greeting' })
  await until(async () => (await receivesOpen(service)) === 0)
  await until(async () => (await sqs.count(queueUrl)).visible === 1)
  t.same(bodiesOf(await world.poll(service, 'carol', 'wait=5')), ['afterwards'], 'the client may come back')
})

t.test('a missing queue is looked for without warnings while its client waits', async (t) => {
  const service = await world.service(t, { SQS_USER_QUEUE_AUTO_CREATE: 'false', LOG_LEVEL: 'debug' })
  const held = world.poll(service, 'emil', 'wait=30')
  await until(async () => (await world.metric(service, 'sqs_missing_total')) >= 2)
  t.equal(await world.metric(service, 'sqs_receive_errors_total'), 0)
  t.match(await world.readiness(service), { status: 200 })
  const queueUrl = await makeQueue('emil')
  await sqs.send(queueUrl, 'at last', { addressee: 'emil', subject: 'greeting' })
  t.same(bodiesOf(await held), ['at last'])
  const missing = service.lines.filter(({ msg }) => msg === 'the queue does not exist; receiving from it is retried')
  t.equal(missing.length, 1)
  t.same(service.warnings, [], 'no warning is logged')
})

t.test('a missing queue is created with its redrive policy, and an existing queue is not changed', async (t) => {
  const service = await world.service(t, { SQS_MAX_RECEIVE_COUNT: '7' })
  await world.poll(service, 'fritz', 'wait=0')
  const created = await sqs.attributes(await world.queueOf(service, 'fritz'))
  const policy = { deadLetterTargetArn: world.deadLetters.arn, maxReceiveCount: 7 }
  t.same(JSON.parse(created.RedrivePolicy ?? ''), policy)
  t.match(created, { ReceiveMessageWaitTimeSeconds: '20', VisibilityTimeout: '30' })
  const queueUrl = await makeQueue('greta', { VisibilityTimeout: '77' })
  const held = world.poll(service, 'greta')
  await world.publish(service, 'greta', 'hello')
  t.same(bodiesOf(await held), ['hello'])
  t.match(await sqs.attributes(queueUrl), { VisibilityTimeout: '77' })
})

t.test("a message for another client goes from a client's queue to the dead-letter queue", async (t) => {
  for (const [owner, policy] of [
    ['hanna', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: world.deadLetters.arn, maxReceiveCount: 3 }) }],
    ['heinz', {}],
  ] as const) {
    const queueUrl = await makeQueue(owner, policy)
    await sqs.send(queueUrl, `for Ivo by ${owner}`, { addressee: 'ivo', subject: 'greeting' })
    const polls = [world.poll(service, owner, 'wait=2'), world.poll(service, 'ivo', 'wait=2')]
    let [dead] = await sqs.receive(world.deadLetters.url)
    while (dead === undefined) [dead] = await sqs.receive(world.deadLetters.url)
    t.match(dead, {
      Body: `for Ivo by ${owner}`,
      MessageAttributes: { 'invalid-reason': { StringValue: /not the client whose queue this is/ } },
    })
    for (const { status } of await Promise.all(polls)) t.equal(status, 204)
  }
})

t.test('a client with a long backlog leases no more messages than it will soon fetch', async (t) => {
  const queueUrl = await makeQueue('jan')
  const sent = Array.from({ length: 300 }, (_, i) => `no ${i}`)
  await Promise.all(sent.map((body) => sqs.send(queueUrl, body, { addressee: 'jan', subject: 'greeting' })))
  t.equal((await world.poll(service, 'jan', 'ack=next&wait=20&limit=1')).status, 200)
  await until(async () => (await sqs.count(queueUrl)).hidden >= 100)
  t.ok((await sqs.count(queueUrl)).hidden < 120, 'a hundred, and those of two further receives')
  const received = new Set<string>()
  let cursor = ''
  while (received.size < sent.length) {
    const answer = await world.next(service, 'jan', `ack=next&wait=20&limit=100&cursor=${cursor}`)
    cursor = answer.cursor
    for (const { body, deliveryCount } of answer.notifications) {
      received.add(body)
      if (deliveryCount !== 1) t.fail(`${body} was received in vain before`)
    }
  }
})

t.test('a client with a backlog of large messages leases no more than its share of memory', async (t) => {
  // A message that is received in vain would come again after an hour.
  const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '3600' })
  const queueUrl = await makeQueue('kurt')
  const sent = Array.from({ length: 60 }, (_, i) => `no ${i} ${'x'.repeat(100_000)}`)
  for (const body of sent) await sqs.send(queueUrl, body, { addressee: 'kurt', subject: 'greeting' })
  t.equal((await world.poll(service, 'kurt', 'ack=next&wait=20&limit=1')).status, 200)
  await until(async () => (await receivesOpen(service)) === 0)
  t.ok((await sqs.count(queueUrl)).hidden <= 40, 'the number of messages that fit')
  const received = new Set<string>()
  let cursor = ''
  while (received.size < sent.length) {
    const answer = await world.next(service, 'kurt', `ack=next&wait=20&cursor=${cursor}`)
    cursor = answer.cursor
    for (const { body, deliveryCount } of answer.notifications) {
      received.add(body)
      if (deliveryCount !== 1) t.fail(`${body.slice(0, 10)} was received in vain before`)
    }
  }
  t.same(received, new Set(sent))
})

t.test('notifications that were written to streams just before their instance stops are delivered', async (t) => {
  const service = await original.service(t, longLeases)
  const events = await openEvents(t, `${service.url}/notifications`, world.bearer('nora'))
  const frames = await openFrames(t, `${service.url}/notifications`, { headers: world.bearer('olaf') })
  await Promise.all([events.next(), frames.next()])
  await Promise.all(['nora', 'olaf'].map((clientId) => world.publish(service, clientId, 'just before')))
  await Promise.all([events.notification(), frames.notification()])
  const queues = await Promise.all(['nora', 'olaf'].map((clientId) => world.queueOf(service, clientId)))
  service.signal('SIGTERM')
  t.equal(await service.ended, 0)
  for (const queueUrl of queues) t.same(await sqs.count(queueUrl), { visible: 0, hidden: 0, all: 0 }, queueUrl)
})

t.test('a publication over HTTP goes to the queue of its client, which is created if that is allowed', async (t) => {
  const { publish } = tasks(world)
  const publication = { addressee: 'lena', id: 'order-42' }
  const queued = { status: 'queued', id: 'order-42', duplicate: false }
  t.match((await publish(service, publication)).json(), queued)
  const [message] = await sqs.receive(await world.queueOf(service, 'lena'), 0)
  t.match(message?.MessageAttributes, { id: { StringValue: 'order-42' }, addressee: { StringValue: 'lena' } })
  const strict = await world.service(t, { SQS_USER_QUEUE_AUTO_CREATE: 'false' })
  t.match((await publish(strict, publication)).json(), queued, 'only the instance that accepted the first one knows it')
  const refused = await publish(strict, { addressee: 'nobody yet' })
  t.equal(refused.status, 503)
  t.match(refused.json(), { error: 'ERROR_SQS_UNEXPECTED_ERROR' })
})

t.test('operations that need storage are not available', async (t) => {
  const without = await world.service(t, { CALLBACK_SECRET: '' })
  const headers = world.bearer('max')
  const answers = [
    await world.ask(without, '/registrations', { headers }),
    await world.ask(without, '/registrations', { method: 'POST', headers }),
    await world.ask(without, `/registrations/${randomUUID()}`, { method: 'DELETE', headers }),
  ]
  t.same(
    answers.map(({ status }) => status),
    [501, 501, 501],
  )
})
