import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { openGatewayStore, startGateway } from '../support/gateway.ts'
import { startPostgres } from '../support/postgres.ts'

const server = await startPostgres(t)
const gateway = await startGateway(server, t)
const publication = { addressee: 'alice', subject: 'greeting', body: 'hello', id: 'one' }

t.test('without its database the gateway answers 503 and stores nothing; with it, it goes on', async (t) => {
  const url = await gateway.callbackUrl('alice', { maxUses: 2 })
  const ask = () =>
    Promise.all([
      gateway.call(url, 'x', { 'idempotency-key': 'k' }),
      gateway.publish(publication),
      gateway.registerAs('alice'),
      gateway.askAs('alice', '/registrations'),
    ])
  await server.stop()
  for (const answer of await ask()) {
    t.equal(answer.status, 503)
    t.ok(Number(answer.headers.get('retry-after')) >= 1)
    t.equal(answer.json<{ error: string }>().error, 'ERROR_DB_UNEXPECTED_ERROR')
  }
  await server.start()
  t.equal(await gateway.count('pending_notifications'), 0)
  t.equal(await gateway.count('idempotency_keys'), 0)
  const [callback, published] = await ask()
  t.match(callback.json(), { duplicate: false })
  t.match(published.json(), { duplicate: false })
})

t.test('accepted notifications, keys and uses survive a crash of the database, for any instance', async (t) => {
  const url = await gateway.callbackUrl('bob', { maxUses: 1 })
  const first = (await gateway.call(url, 'kept', { 'idempotency-key': 'k' })).json<{ id: string }>()
  await server.kill()
  await server.start()
  const other = await openGatewayStore(server, t, { database: gateway.database })
  t.match((await other.pending.readPage('bob')).rows, [
    { key: first.id, notification: { body: 'kept' }, deliveryCount: 1 },
  ])
  t.match((await gateway.call(url, 'kept', { 'idempotency-key': 'k' })).json(), { id: first.id, duplicate: true })
  t.equal((await gateway.call(url, 'more')).status, 410)
})

t.test('a callback that a hung database receives too late is not stored', async (t) => {
  const url = await gateway.callbackUrl('carol')
  t.equal((await gateway.call(url, 'in time')).status, 202)
  t.equal((await gateway.publish({ ...publication, id: 'two', addressee: 'carol' })).status, 202)
  server.pause()
  const answers = await Promise.all([
    gateway.call(url, 'late'),
    gateway.publish({ ...publication, id: 'three', addressee: 'carol' }),
  ])
  server.resume()
  for (const { status } of answers) t.equal(status, 503)
  const backends = () =>
    gateway.pool.query((sql) => sql`select from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()`)
  while ((await backends()).length > 0) await pause(50)
  t.same(
    (await gateway.pending.readPage('carol')).rows.map(({ notification }) => notification.body),
    ['in time', 'hello'],
  )
  t.equal((await gateway.call(url, 'again')).status, 202)
})
