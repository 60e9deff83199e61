import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { startFreezingProxy, startSilentServer } from '../support/freezing-proxy.ts'
import { type ServiceProcess, spawnService } from '../support/service-process.ts'
import { startWorldToStop, type World } from '../support/world.ts'

/** All worlds at the same time: each shutdown takes nearly as long as it may. */
const atOnce = () => ({ buffered: true })
t.jobs = 4

/** An instance promises 30 s; a busy machine is late. Without bounds it would be minutes. */
const maxMs = 45_000

/** Asks the instance to leave, and checks that it does so in order although others hang. */
async function leaves(t: Test, service: ServiceProcess): Promise<void> {
  service.signal('SIGTERM')
  const late = new Promise((resolve) => {
    const timer = setTimeout(() => resolve('still running'), maxMs)
    t.teardown(() => clearTimeout(timer))
  })
  t.equal(await Promise.race([service.ended, late]), 0)
  t.equal(service.all('the shutdown failed; the process ends').length, 0)
}

/** A client of the instance has got a notification, whose deletion is due, and others wait for clients that are absent. */
async function isBusy(world: World, service: ServiceProcess): Promise<void> {
  const held = world.poll(service, 'alice', 'wait=60&ack=next')
  const queueUrl = await world.queueOf(service, 'alice')
  await world.send(queueUrl, 'alice', 'handed over')
  await held
  await world.send(queueUrl, 'alice', 'for her next poll')
  void world.poll(service, 'bob', 'wait=60').catch(() => {})
  await world.holds(service, 1)
}

t.test('a start that waits for an SQS that never answers is called off', atOnce(), async (t) => {
  const world = await startWorldToStop(t)
  const sqs = await startSilentServer(t)
  const service = spawnService(t, { ...world.env, AWS_ENDPOINT_URL_SQS: sqs.url })
  await sqs.called
  await leaves(t, service)
})

t.test('an instance leaves when everything around it stands still', atOnce(), async (t) => {
  const world = await startWorldToStop(t)
  const [silent, sqs] = await Promise.all([
    startSilentServer(t),
    startFreezingProxy(t, { targetUrl: world.env.AWS_ENDPOINT_URL_SQS ?? '' }),
  ])
  const service = await world.service(t, { AWS_ENDPOINT_URL_SQS: sqs.url, OTEL_EXPORTER_OTLP_ENDPOINT: silent.url })
  // Another instance, which lives and has a client, and never answers.
  const peerId = randomUUID()
  const sql = world.sql(t)
  await sql`
    insert into instances (id, address, queue_url, owns_queue, relay_key)
    values (${peerId}, ${silent.url}, ${`${silent.url}/queue`}, false, 'key')`
  await sql`insert into sessions (client_id, instance_id) values ('carol', ${peerId})`
  await isBusy(world, service)
  await world.send(await world.queueOf(service, 'alice'), 'carol', 'for the client of the peer')
  void world.publish(service, 'carol', 'stored for the client of the peer').catch(() => {})
  // Clients that have sent a part of a request, and ended their side, and do not read.
  const [half, ended, unread] = await Promise.all([
    world.connect(t, service),
    world.connect(t, service),
    world.connect(t, service, { reads: false }),
  ])
  half.write('GET /notifications HTTP/1.1\r\nHost: ')
  ended.request('GET', '/notifications?wait=60', world.bearer('dave'))
  ended.socket.end()
  for (let i = 0; i < 400; i++) unread.request('GET', '/openapi.yaml')

  sqs.freeze()
  world.postgres.pause()
  t.teardown(() => world.postgres.resume())
  await leaves(t, service)
})
