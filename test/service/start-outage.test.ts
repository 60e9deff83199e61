import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { spawnService } from '../support/service-process.ts'
import { startWorldToStop, type World } from '../support/world.ts'

const waiting = 'the start waits for PostgreSQL or SQS and is tried again; until then the instance is not ready'
/** The headers of a request for a WebSocket. */
const webSocketHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'notifications.v1',
}

const world = await startWorldToStop(t)

/**
 * Starts an instance at a port that is known beforehand, since an instance that waits does not say yet that it listens.
 * Resolves when it has said this.
 */
function start(env: Readonly<Record<string, string>>, sentence: string) {
  return startOnPort([], async (port) => {
    const service = spawnService(t, { ...world.env, ...env, PORT: String(port) })
    return { service, at: { url: `http://127.0.0.1:${port}` }, line: await service.said(sentence) }
  })
}

t.test('a start during an outage of PostgreSQL waits, not ready, and goes on when it is back', async (t) => {
  await world.store.stop()
  const { service, at, line } = await start({}, waiting)
  // A pooler keeps its clients waiting for a server that is away.
  t.match(JSON.stringify(line.err), /ECONNREFUSED|no answer within/, 'it says what it waits for')
  t.equal((await world.ask(at, '/health/live')).status, 200, 'it is alive')
  const health = await world.ask(at, '/health')
  t.equal(health.status, 503, 'it takes no polls yet')
  t.match(health.json(), { status: 'unavailable', heldPolls: 0, error: 'ERROR_DRAINING', message: /starting/ })
  t.ok(Number(health.headers.get('retry-after')) >= 1)
  const readiness = await world.readiness(at)
  t.equal(readiness.status, 503)
  t.match(readiness, { database: /does not answer/ })
  const refused = [
    await world.poll(at, 'alice'),
    await world.ask(at, '/tickets', { method: 'POST', headers: world.bearer('alice') }),
    await world.ask(at, '/callback/a5bb1fbc-6d8f-4a3a-9c9f-5d2f3a0f9d11', { method: 'POST', body: 'x' }),
  ]
  for (const answer of refused) {
    t.match(answer, { status: 503 })
    t.ok(Number(answer.headers.get('retry-after')) >= 1, 'it says when to try again')
  }
  const upgrading = await world.connect(t, at)
  upgrading.request('GET', '/notifications', { ...world.bearer('alice'), ...webSocketHeaders })
  const answer = await upgrading.answer()
  t.match(answer, { status: 503, headers: { connection: 'close' } })
  await upgrading.closed
  t.pass('a WebSocket that is refused is closed')
  await world.store.start()
  await service.said('listening')
  await until(async () => (await world.readiness(at)).status === 200)
  t.equal((await world.poll(at, 'alice', 'wait=0')).status, 204)
  t.equal((await world.ask(at, '/health')).status, 200)
  t.equal(service.all(waiting).length, 1, 'the outage is one line')
  t.equal(service.all('PostgreSQL and SQS answer, and the start goes on').length, 1)
  t.same(await ghosts(world), { rows: 1, queues: 1 }, 'one start leaves one row and one queue')
  service.signal('SIGTERM')
  t.equal(await service.ended, 0)
})

t.test('a start without SQS waits as well, and a signal ends the wait', async (t) => {
  const { service, at } = await start({ AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' }, waiting)
  t.equal((await world.ask(at, '/health/live')).status, 200)
  t.equal((await world.readiness(at)).status, 503)
  service.signal('SIGTERM')
  t.equal(await service.ended, 0, 'it ends in order')
  t.same(service.all('the service could not start'), [])
})

t.test('a start that fails for good after a signal says why, and exits with 1', async (t) => {
  const connected = Promise.withResolvers<Socket>()
  // A server that keeps the start waiting, until it says that there is no such database.
  const database = createServer((socket) => socket.on('error', () => {}).once('data', () => connected.resolve(socket)))
  database.listen(0, '127.0.0.1')
  await once(database, 'listening')
  t.teardown(() => void database.close())
  const { port } = database.address() as AddressInfo
  const service = spawnService(t, { ...world.env, DB_HOST: '127.0.0.1', DB_PORT: String(port) })
  const socket = await connected.promise
  service.signal('SIGTERM')
  await pause(300)
  const fields = Buffer.from('SFATAL\0VFATAL\0C3D000\0Mdatabase "gone" does not exist\0\0')
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(fields.length + 4, 1)
  socket.end(Buffer.concat([head, fields]))
  t.match(JSON.stringify((await service.said('the service could not start')).err), '3D000')
  t.equal(await service.ended, 1)
})

t.test('a start without the issuer takes no tokens until its keys are there, and is not ready', async (t) => {
  const { at } = await start({ COGNITO_JWK_URL: 'http://127.0.0.1:1/jwks.json' }, 'listening')
  const readiness = await world.readiness(at)
  t.equal(readiness.status, 503)
  t.match(readiness, { keys: /could not be fetched/ })
  t.match(await world.poll(at, 'alice'), { status: 503 })
})

/** Counts what live instances have left in the table and in SQS. */
async function ghosts({ sqs, sql }: Pick<World, 'sqs'> & { sql: (typeof world)['sql'] }) {
  const rows = await sql(t)`select queue_url from instances where dead_at is null`
  const queues = (await sqs.queues()).filter((url) => rows.some(({ queue_url }) => queue_url === url))
  return { rows: rows.length, queues: queues.length }
}
