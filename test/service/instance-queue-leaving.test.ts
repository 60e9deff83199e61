import { randomUUID } from 'node:crypto'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { spawnService } from '../support/service-process.ts'
import { startWorld } from '../support/world.ts'

/** SIGTERM waits for the last receive, up to 20 s, so all tests run at the same time. */
const atOnce = () => ({ buffered: true })
t.jobs = 8
const world = await startWorld(t)

/** Sends the signal. Returns how the process ended, and after how many seconds. */
async function leave(service: Awaited<ReturnType<typeof world.service>>, signal: NodeJS.Signals = 'SIGTERM') {
  const startedAt = performance.now()
  service.signal(signal)
  const how = await service.ended
  return { how, seconds: (performance.now() - startedAt) / 1000 }
}

t.test('a heartbeat in flight at SIGTERM does not make the instance continue under another id', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const service = await world.service(t, database)
  const held = world.poll(service, 'alice', 'wait=120')
  await world.queueOf(service, 'alice')
  const { instanceId } = await world.health(service)
  const [sql, locking] = [world.sql(t, database), world.sql(t, database)]
  // A heartbeat marks silent instances as dead, and waits for a lock on the row of one.
  await sql`
    insert into instances (id, address, queue_url, owns_queue, relay_key, heartbeat_at)
    values (${randomUUID()}, 'http://nowhere', 'http://nowhere', false, 'none', now() - interval '1 hour')`
  const released = Promise.withResolvers<void>()
  const locked = locking.begin(async (sql) => {
    await sql`delete from instances where address = 'http://nowhere'`
    await released.promise
  })
  const waiting = async () =>
    (await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length
  await until(async () => (await waiting()) > 0)
  const left = leave(service)
  const isMarked = async () =>
    (await sql`select from instances where id = ${instanceId} and dead_at is not null`).length
  await until(async () => (await isMarked()) === 1)
  released.resolve()
  await locked
  t.equal((await held).status, 204)
  t.equal((await left).how, 0)
  t.equal(service.all('this instance was taken for dead and goes on under a new id').length, 0)
  t.equal((await sql`select * from sessions`).length, 0, 'no session is left behind')
  t.equal((await sql`select * from instances`).length, 0, 'no instance is left behind')
})

t.test('an instance leaves in order at a signal during or right after its start', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const starting = spawnService(t, { ...world.env, ...database })
  await starting.said('instance joined')
  starting.signal('SIGTERM')
  t.equal(await starting.ended, 0)
  const sql = world.sql(t, database)
  t.equal((await sql`select * from instances`).length, 0)
})
