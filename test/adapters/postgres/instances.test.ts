import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createInstances, type Registration } from '../../../src/adapters/postgres/instances.ts'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { openPool } from '../../../src/adapters/postgres/pool.ts'
import { createSessionsTable } from '../../../src/adapters/postgres/sessions.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)
const log = { info() {}, warn() {} }

async function world(t: Owner) {
  const database = await server.emptyDatabase()
  await migrate({ ...database, log })
  const pool = openPool({ ...database, log })
  t.teardown(() => pool.close())
  const instances = createInstances({ pool })

  async function register(id: string = randomUUID()): Promise<Registration> {
    const registration = {
      id,
      address: `http://${id.slice(0, 8)}:8080`,
      queueUrl: `http://sqs/queue-${id}`,
      ownsQueue: true,
      relayKey: randomUUID(),
    }
    await instances.register(registration)
    return registration
  }
  const silence = (id: string, seconds: number) =>
    pool.query(
      (sql) => sql`
      update instances set heartbeat_at = heartbeat_at - make_interval(secs => ${seconds}) where id = ${id}`,
    )
  const seat = (clientId: string, id: string) =>
    pool.query((sql) => sql`insert into sessions (client_id, instance_id) values (${clientId}, ${id})`)
  const seated = async () =>
    (await pool.query((sql) => sql<{ id: string }[]>`select client_id as id from sessions order by 1`)).map(
      ({ id }) => id,
    )
  return { pool, instances, register, silence, seat, seated }
}

t.test('an instance that registers is live, with the values it registered', async (t) => {
  const { instances, register } = await world(t)
  const alice = await register()
  t.match(await instances.findLive(alice.id), { ...alice, startedAt: Date, heartbeatAt: Date, deadAt: null })
  t.equal(await instances.findLive(randomUUID()), null)
  t.same(await instances.deadInstances(), [])
})

t.test('a heartbeat is counted while the instance lives', async (t) => {
  const { instances, register, silence } = await world(t)
  const self = await register()
  const { id } = self
  await silence(id, 60)
  const before = await instances.findLive(id)
  t.equal(await instances.heartbeat(self), 'live')
  const after = await instances.findLive(id)
  t.ok(before && after && after.heartbeatAt.getTime() - before.heartbeatAt.getTime() >= 60_000)
  t.equal(await instances.heartbeat({ ...self, id: randomUUID() }), 'dead', 'a row that is gone')
})

t.test('only an instance that was not heard of is fenced, once, and its sessions go', async (t) => {
  const { instances, register, silence, seat, seated } = await world(t)
  const lost = await register()
  const late = await register()
  await seat('of the lost', lost.id)
  await seat('of the late', late.id)
  await silence(lost.id, 21)
  await silence(late.id, 15)
  const [first, second] = await Promise.all([
    instances.fenceDead({ afterSeconds: 20 }),
    instances.fenceDead({ afterSeconds: 20 }),
  ])
  t.match([...first, ...second], [{ ...lost, deadAt: Date }], 'by one of two survivors')
  t.same(await seated(), ['of the late'])
  t.equal(await instances.heartbeat(lost), 'dead')
  t.equal(await instances.heartbeat(late), 'live')
  t.equal(await instances.findLive(lost.id), null)
  t.match(await instances.deadInstances(), [lost])
})

t.test('an instance that leaves is dead at once, and its row is removed last', async (t) => {
  const { instances, register, seat, seated } = await world(t)
  const leaving = await register()
  const staying = await register()
  await seat('a', leaving.id)
  await seat('b', staying.id)
  await instances.markLeaving(leaving)
  const [dead] = await instances.deadInstances()
  t.match(dead, { ...leaving, deadAt: Date })
  t.same(await seated(), ['b'])
  t.equal(await instances.heartbeat(leaving), 'dead')
  await instances.markLeaving(leaving)
  const [again] = await instances.deadInstances()
  t.same(again?.deadAt, dead?.deadAt, 'a repeat changes nothing')
  t.ok(again && dead && again.deadForMs >= dead.deadForMs)
  await seat('left over', leaving.id)
  await instances.remove(leaving.id)
  t.same(await instances.deadInstances(), [])
  t.same(await seated(), ['b'], 'its remaining sessions go with it')
  await instances.remove(staying.id)
  t.ok(await instances.findLive(staying.id), 'a live instance is not removed')
})

t.test('an instance that starts again under its id takes its row over, without sessions', async (t) => {
  const { instances, register, seat, seated } = await world(t)
  const first = await register()
  await seat('a', first.id)
  await instances.markLeaving(first)
  await seat('b', first.id)
  const second = await register(first.id)
  t.match(await instances.findLive(first.id), { ...second, deadAt: null })
  t.same(await seated(), [])
})

t.test(
  'a process that starts under the id of a live one takes over, and the earlier one can undo nothing',
  async (t) => {
    const { pool, instances, register, seat, seated } = await world(t)
    const table = createSessionsTable({ pool })
    const earlier = await register()
    await seat('a', earlier.id)
    const later = { ...earlier, relayKey: randomUUID(), address: 'http://later:8080' }
    const { id, address, queueUrl, relayKey } = earlier
    t.same(await instances.register(later), { id, address, queueUrl, relayKey })
    t.same(await seated(), ['a'], 'its clients are reached at the same queue')
    t.equal(await instances.heartbeat(earlier), 'superseded')
    t.equal(await instances.heartbeat(later), 'live')
    await table.remove(earlier, ['a'])
    await t.rejects(table.record(earlier, ['a', 'b']), { message: /registering itself anew/ })
    await instances.markLeaving(earlier)
    t.match(await instances.findLive(id), later, 'the earlier one cannot take the row along')
    t.same(await seated(), ['a'])
    t.same([...(await table.record(later, ['b'])).keys()], ['b'])
    await table.remove(later, ['a'])
    t.same(await seated(), ['b'])
    t.equal(await instances.register(later), null, 'a repeat of its own registration is no takeover')
    t.same(await seated(), ['b'], 'and keeps its sessions')
    await instances.markLeaving(later)
    t.equal(await instances.heartbeat(earlier), 'superseded', 'also when the later one has left')
    t.equal(await instances.heartbeat(later), 'dead')
  },
)

t.test(
  'a process that crashed a moment ago and one that is silent are taken over alike, but for the sessions',
  async (t) => {
    for (const [seconds, left] of [
      [10, ['a']],
      [16, []],
    ] as const) {
      const { instances, register, silence, seat, seated } = await world(t)
      const earlier = await register()
      await seat('a', earlier.id)
      await silence(earlier.id, seconds)
      const found = await instances.register({ ...earlier, relayKey: randomUUID() })
      t.equal(found?.relayKey ?? null, left.length > 0 ? earlier.relayKey : null)
      t.same(await seated(), left)
    }
  },
)

t.test('of processes that start under one id at once, one is left, and the others find out', async (t) => {
  const { instances, register } = await world(t)
  const first = await register()
  const others = Array.from({ length: 4 }, () => ({ ...first, relayKey: randomUUID() }))
  const found = await Promise.all(others.map((other) => instances.register(other)))
  const standings = await Promise.all([first, ...others].map((one) => instances.heartbeat(one)))
  t.equal(standings.filter((standing) => standing === 'live').length, 1)
  t.equal(standings.filter((standing) => standing === 'superseded').length, 4)
  t.equal(new Set(found.map((peer) => peer?.relayKey)).size, 4, 'each has taken over from another one')
})

t.test('publishers of the earlier service see the sessions of live instances', async (t) => {
  const { pool, instances, register, seat } = await world(t)
  const live = await register()
  const dead = await register()
  await instances.markLeaving(dead)
  await seat('a', live.id)
  await seat('b', dead.id)
  t.same(
    [...(await pool.query((sql) => sql`select * from notifier_instances`))],
    [{ user_id: 'a', notifier_instance_id: live.id }],
  )
})
