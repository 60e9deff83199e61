import t from 'tap'
import { anyFree } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { createPublisher, PublishError, type SqsSender } from '../../src/publisher/publisher.js'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

const world = await startWorld(t)
/** The same whose instances take no signal. */
const here = withInstancesHere(world)
const { sqs } = world
/** A client of SQS as publishers have: calls of the service's own clients cannot be aborted. */
const acting = sqs.own
const [a, b] = await Promise.all([here.peer(t), here.peer(t)])

const scope = 'sessions:read notifications:publish'
const getToken = () => world.issuer.token({ sub: 'shop', scope })
const publisher = createPublisher({ serviceUrl: a.url, getToken, sqs: acting })

/** Returns the SQS client, calling `happens` before each send. */
function before(happens: (call: number) => Promise<void>): SqsSender {
  let calls = 0
  const send = async (...args: Parameters<typeof acting.send>) => {
    calls += 1
    await happens(calls)
    return acting.send(...args)
  }
  return { send } as SqsSender
}

/** Holds a poll, and resolves once its session is recorded. */
async function held(clientId: string, service = a) {
  const polling = world.next(service, clientId)
  await world.queueOf(service, clientId)
  return polling.then(({ notifications }) => notifications)
}

t.test('a publication reaches a connected client with all its members', async (t) => {
  const got = held('alice', b)
  await world.queueOf(b, 'alice')
  const { instanceId } = await world.health(b)
  const said = { contentType: 'application/json', id: 'order-42', correlationId: 'job-17' }
  const published = await publisher.publish({ addressee: 'alice', subject: 'order', body: '{"order":42}', ...said })
  t.match(published, { status: 'sent', id: 'order-42', instanceId, queueUrl: instanceId, messageId: /.+/ })
  t.match(await got, [{ ...said, addressee: 'alice', subject: 'order', body: '{"order":42}', deliveryCount: 1 }])
})

t.test('texts and bytes of every kind arrive unchanged', async (t) => {
  const none: string | undefined = undefined
  for (const [body, wanted, encoding] of [
    ['', '', none],
    [Buffer.from('Grüße'), 'Grüße', none],
    [new Uint8Array([0xff, 0, 0x80]), '/wCA', 'base64'],
    ['a bell: \u0007', 'a bell: \u0007', none],
  ] as const) {
    const got = held('bob')
    await world.queueOf(a, 'bob')
    t.match(await publisher.publish({ addressee: 'bob', subject: 'greeting', body }), { status: 'sent' })
    const [notification] = await got
    t.equal(notification?.body, wanted)
    t.equal(notification?.encoding, encoding)
  }
})

t.test('a publication for an absent client is not sent, or waits at the service', async (t) => {
  const said = { addressee: 'carol', subject: 'greeting', body: 'welcome back', id: 'greeting-1' }
  t.same(await publisher.publish(said), { status: 'offline', id: 'greeting-1', mode: 1 })
  const stored = { status: 'stored', id: 'greeting-1', live: false }
  t.same(await publisher.publish({ ...said, otherwise: 'store' }), { ...stored, duplicate: false })
  t.same(await publisher.publish({ ...said, otherwise: 'store' }), { ...stored, duplicate: true })
  t.match((await world.next(b, 'carol')).notifications, [{ id: 'greeting-1', body: 'welcome back' }])
  const bytes = new Uint8Array([0xff])
  await t.rejects(publisher.publish({ ...said, body: bytes, addressee: 'nobody', otherwise: 'store' }), TypeError)
})

t.test('a client whose queue is deleted between look-up and send is looked up again, with the same id', async (t) => {
  const c = await world.peer(t)
  await world.poll(c, 'dora', 'wait=0')
  const queueUrl = await world.queueOf(a, 'dora')
  let got: ReturnType<typeof held> | null = null
  const moving = before(async (call) => {
    if (call > 1) return
    c.signal('SIGKILL')
    await c.ended
    await sqs.deleteQueue(queueUrl)
    got = held('dora', b)
    await until(async () => {
      const session = await world.session(a, 'dora')
      return session.online && session.queueUrl !== queueUrl
    })
  })
  const published = await createPublisher({ serviceUrl: a.url, getToken, sqs: moving }).publish({
    addressee: 'dora',
    subject: 'greeting',
    body: 'wherever you are',
  })
  t.match(published, { status: 'sent', instanceId: (await world.health(b)).instanceId })
  t.match(await got, [{ id: published.id, body: 'wherever you are' }])
})

t.test('a send that was not answered is repeated with the same id', async (t) => {
  const got = held('emil')
  await world.queueOf(a, 'emil')
  const unlucky = before(async (call) => {
    if (call < 3) throw new Error('socket hang up')
  })
  const { id, status } = await createPublisher({ serviceUrl: a.url, getToken, sqs: unlucky }).publish({
    addressee: 'emil',
    subject: 'greeting',
    body: 'hello',
  })
  t.equal(status, 'sent')
  t.match(await got, [{ id, body: 'hello' }])
})

t.test('an invalid publication is refused before any request', async (t) => {
  let calls = 0
  const none = createPublisher({
    serviceUrl: 'http://127.0.0.1:1',
    getToken: () => {
      calls += 1
      return 'token'
    },
    sqs: before(async () => {
      calls += 1
    }),
  })
  const good = { addressee: 'alice', subject: 'greeting', body: 'hello' }
  for (const bad of [
    { addressee: '' },
    { addressee: 'x'.repeat(513) },
    { addressee: 'a\nb' },
    { subject: '' },
    { subject: 'x'.repeat(257) },
    { id: '' },
    { correlationId: '\ud800' },
    { contentType: 'text\u0000plain' },
    { body: 'half \ud83d' },
    { body: 5 as unknown as string },
  ]) {
    await t.rejects(none.publish({ ...good, ...bad }), TypeError)
  }
  await t.rejects(none.publish({ ...good, body: 'x'.repeat(1_048_577) }), RangeError)
  await t.rejects(none.publish({ ...good, body: 'ü'.repeat(524_288) }), RangeError)
  await t.rejects(none.publish({ ...good, body: Buffer.alloc(800_000, 0xff) }), RangeError)
  t.equal(calls, 0)
})

t.test('a refusal is thrown at once, a failure to reach the service after a few attempts', async (t) => {
  const good = { addressee: 'alice', subject: 'greeting', body: 'hello' }
  const token = (claims: object) => () => world.issuer.token({ sub: 'shop', ...claims })
  let asked = 0
  const unauthorised = createPublisher({
    serviceUrl: a.url,
    getToken: () => {
      asked += 1
      return world.issuer.token({ sub: 'shop' })
    },
    sqs: acting,
  })
  await t.rejects(unauthorised.publish(good), { name: 'PublishError', status: 403 })
  t.equal(asked, 1)
  const reader = createPublisher({ serviceUrl: a.url, getToken: token({ scope: 'sessions:read' }), sqs: acting })
  await t.rejects(reader.publish({ ...good, addressee: 'away', otherwise: 'store' }), {
    name: 'PublishError',
    status: 403,
  })
  const nowhere = `http://127.0.0.1:${await anyFree()}`
  const error = await createPublisher({ serviceUrl: nowhere, getToken, sqs: acting })
    .publish(good)
    .catch((error: unknown) => error)
  t.ok(error instanceof PublishError)
  t.match(error, { status: null, message: /does not answer/ })
})

t.test('a publisher in mode 2 derives the queue from the client id', async (t) => {
  const base = await sqs.createQueue('clients')
  const queue = await sqs.createQueue('clients-alice')
  const alone = createPublisher({ sqs: acting, userQueueBaseUrl: base.url })
  const said = { subject: 'greeting', body: 'hello', id: 'one' }
  t.match(await alone.publish({ ...said, addressee: 'alice' }), {
    status: 'sent',
    queueUrl: queue.url,
    instanceId: null,
  })
  t.match(await sqs.receive(queue.url), [{ Body: 'hello' }])
  t.same(await alone.publish({ ...said, addressee: 'bob' }), { status: 'offline', id: 'one', mode: 2 })
  await t.rejects(alone.publish({ ...said, addressee: 'bob', otherwise: 'store' }), TypeError)
})

t.test('many publications are looked up each, and have an outcome each', async (t) => {
  const names = ['many-a', 'many-b', 'many-c']
  const got = names.map((name, i) => held(name, i === 0 ? a : b))
  for (const name of names) await world.queueOf(a, name)
  const outcomes = await publisher.publishAll([
    ...names.map((addressee) => ({ addressee, subject: 'greeting', body: `for ${addressee}` })),
    { addressee: 'absent', subject: 'greeting', body: 'hello', id: 'for-absent' },
    { addressee: '', subject: 'greeting', body: 'hello' },
  ])
  t.match(outcomes, [
    ...names.map(() => ({ status: 'sent' })),
    { status: 'offline', id: 'for-absent', mode: 1 },
    { status: 'failed', error: { name: 'TypeError' } },
  ])
  for (const [i, notifications] of (await Promise.all(got)).entries()) {
    t.match(notifications, [{ body: `for ${names[i]}` }])
  }
})

t.test('a repeated publication is in a FIFO queue once', async (t) => {
  const queue = await sqs.createQueue('one-instance.fifo', { FifoQueue: 'true' })
  const fixed = await here.peer(t, {
    NOTIFICATION_SERVICE_CLIENT_ID: 'c0a80101-0000-4000-8000-00000000000f',
    SQS_QUEUE_URL: queue.url,
  })
  await world.poll(fixed, 'fred', 'wait=0')
  const said = { addressee: 'fred', subject: 'greeting', body: 'hello' }
  for (const id of ['first', 'first', 'last']) {
    t.match(await publisher.publish({ ...said, id }), { status: 'sent', queueUrl: queue.url })
  }
  const ids: string[] = []
  while (!ids.includes('last')) ids.push(...(await world.next(fixed, 'fred')).notifications.map(({ id }) => id))
  t.same(ids, ['first', 'last'])
})
