import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { contractFetch } from '../support/contract.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { bodiesOf } from '../support/world.ts'

const failing = "receiving from clients' queues fails and is tried again"
const recovered = "receiving from clients' queues no longer fails"
const clients = ['alice', 'bob', 'carol', 'dora']

for (const code of ['AccessDenied', 'RequestThrottled', 'ExpiredToken']) {
  t.test(`the service recovers after SQS has answered ${code} for a while`, async (t) => {
    const world = withInstancesHere(await startClientQueueWorld(t))
    const { sqs } = world
    sqs.refuse(code)
    const service = await world.service(t)
    t.match(await world.readiness(service), { status: 503, queue: new RegExp(code) }, 'before any client has polled')
    const held = clients.map((clientId) => world.poll(service, clientId, 'wait=60'))
    await world.holds(service, clients.length)
    await until(async () => (await world.metric(service, 'sqs_receive_errors_total')) > 8)
    t.match(await world.readiness(service), { status: 503, queue: new RegExp(code) })
    const lines = service.lines.filter(({ msg }) => msg === failing)
    t.equal(lines.length, 1, 'one line for all clients')
    t.equal(lines[0]?.reason, code)
    sqs.refuse(null)
    await service.said(recovered)
    for (const clientId of clients) await world.publish(service, clientId, `for ${clientId}`)
    t.same(
      (await Promise.all(held)).map((answer) => bodiesOf(answer)[0]),
      clients.map((name) => `for ${name}`),
    )
    t.match(await world.readiness(service), { status: 200, queue: 'ok' })
  })
}

t.test('polls stay held while SQS is unavailable, and the service recovers by itself', async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const { sqs } = world
  // A receive that was open at the outage may take a message with it, for one visibility timeout.
  const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '3' })
  const held = clients.map((clientId) => world.poll(service, clientId, 'wait=60'))
  for (const clientId of clients) await world.queueOf(service, clientId)
  await until(async () => (await world.metric(service, 'sqs_receives_open')) === clients.length)
  await sqs.stop()
  await service.said(failing)
  await until(async () => (await world.readiness(service)).status === 503)
  const newcomer = world.poll(service, 'newcomer', 'wait=60')
  await world.holds(service, clients.length + 1)
  await sqs.start()
  await service.said(recovered)
  for (const clientId of [...clients, 'newcomer']) await world.publish(service, clientId, `for ${clientId}`)
  for (const poll of [...held, newcomer]) t.equal((await poll).status, 200)
  t.equal((await world.readiness(service)).status, 200)
})

t.test('a publication whose queue cannot be created is answered with Retry-After', async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const { sqs } = world
  const service = await world.service(t)
  const publish = () =>
    contractFetch(t)(`${service.url}/notifications`, {
      method: 'POST',
      headers: { ...world.bearer('shop', { scope: 'notifications:publish' }), 'content-type': 'application/json' },
      body: JSON.stringify({ addressee: 'nobody yet', subject: 'greeting', body: 'welcome' }),
    })
  sqs.refuse('RequestThrottled', 'CreateQueue')
  const refused = await publish()
  t.match(refused.json(), { error: 'ERROR_SQS_UNEXPECTED_ERROR' })
  t.equal(refused.status, 503)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  sqs.refuse(null)
  t.equal((await publish()).status, 202)
  t.same(bodiesOf(await world.poll(service, 'nobody yet')), ['welcome'])
})
