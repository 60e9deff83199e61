import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { InstanceDead } from '../../../src/adapters/postgres/announcement.ts'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { openFleet } from '../../support/fleet.ts'
import { type Owner, startPostgres } from '../../support/postgres.ts'

const server = await startPostgres(t)
const world = (t: Owner) => openFleet(server, t)

t.test(
  'instances that contend for the same clients end with one owner each, and every previous owner is reported',
  async (t) => {
    // On a busy machine a statement that met others again and again may need more than the deadline of a request.
    const { start } = await openFleet(server, t, { deadlineMs: 60_000 })
    const fighters = [await start(), await start(), await start()]
    const clients = Array.from({ length: 300 }, (_, i) => `client-${i}`)
    const shuffled = () => clients.map((id) => ({ id, at: Math.random() })).sort((x, y) => x.at - y.at)
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        fighters.flatMap(({ sessions }) =>
          shuffled().map(async ({ id }) => {
            await pause(Math.random() * 20)
            await sessions.record(id)
          }),
        ),
      )
    }
    const found = await fighters[0]?.sessions.findMany(clients)
    t.equal(found?.size, 300)
    // Each client went from its first owner to its last: all other moves cancel out.
    const moves = fighters.flatMap(({ id, moves }) =>
      moves.map(({ clientId, previous }) => ({ clientId, id, previous })),
    )
    for (const clientId of clients) {
      const balance = new Map<string, number>(fighters.map(({ id }) => [id, 0]))
      for (const move of moves.filter((move) => move.clientId === clientId)) {
        balance.set(move.id, (balance.get(move.id) ?? 0) + 1)
        balance.set(move.previous.id, (balance.get(move.previous.id) ?? 0) - 1)
      }
      const last = balance.get(found?.get(clientId)?.id ?? '')
      const uneven = [...balance.values()].filter((n) => n !== 0).sort((x, y) => x - y)
      if (!(uneven.length === 0 || (uneven.join() === '-1,1' && last === 1))) t.fail(`a move of ${clientId} is missing`)
    }
  },
)

t.test(
  'a client that connects to two instances at once is reported to one of them as having left the other',
  async (t) => {
    const { start } = await world(t)
    const a = await start()
    const b = await start()
    for (let round = 0; round < 50; round++) {
      const clientId = `newcomer-${round}`
      a.moves.length = b.moves.length = 0
      await Promise.all([a.sessions.record(clientId), b.sessions.record(clientId)])
      const last = await a.sessions.find(clientId)
      const [winner, loser] = last?.id === a.id ? [a, b] : [b, a]
      t.same(winner.moves, [{ clientId, previous: loser.self }])
      t.same(loser.moves, [])
    }
  },
)

t.test('an instance that was taken for dead records nothing, and learns that', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await a.sessions.record('alice')
  await a.pool.query((sql) => sql`update instances set heartbeat_at = now() - interval '21 s' where id = ${a.id}`)
  t.match(await b.instances.fenceDead({ afterSeconds: 20 }), [{ id: a.id }])
  t.equal(await b.sessions.find('alice'), null)
  const outcomes = await Promise.allSettled(['alice', 'bob'].map(a.sessions.record))
  for (const outcome of outcomes) t.ok(outcome.status === 'rejected' && outcome.reason instanceof InstanceDead)
  t.equal(a.counts.takenForDead, 1)
  t.equal(await b.sessions.find('bob'), null)
  await b.sessions.record('alice')
  t.same(b.moves, [])
})

t.test('a client that comes from a dead instance is reported with an owner that is not live', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await a.sessions.record('alice')
  await a.pool.query((sql) => sql`update instances set dead_at = now() where id = ${a.id}`)
  await b.sessions.record('alice')
  t.same(b.moves, [{ clientId: 'alice', previous: { ...a.self, live: false } }])
})

t.test('announcing while being fenced never leaves a session that looks live', async (t) => {
  const { start } = await world(t)
  const b = await start()
  for (let round = 0; round < 20; round++) {
    const a = await start()
    await a.pool.query((sql) => sql`update instances set heartbeat_at = now() - interval '21 s' where id = ${a.id}`)
    const clients = Array.from({ length: 50 }, (_, i) => `client-${i}`)
    const announcements = Promise.allSettled(
      clients.map(async (clientId, i) => {
        await pause(i % 10)
        await a.sessions.record(clientId)
      }),
    )
    await pause(round % 10)
    const fenced = await b.instances.fenceDead({ afterSeconds: 20 })
    t.match(fenced, [{ id: a.id }])
    await announcements
    t.equal((await b.sessions.findMany(clients)).size, 0)
    await b.instances.remove(a.id)
  }
})

t.test('heartbeats are counted while announcements are in flight', async (t) => {
  const a = await (await world(t)).start()
  const backendThat = async (waitsFor: string): Promise<number> => {
    for (;;) {
      const [backend] = await a.pool.query(
        (sql) => sql<{ pid: number }[]>`select pid from pg_stat_activity
          where datname = current_database() and ${waitsFor} in (wait_event, wait_event_type)`,
      )
      if (backend) return backend.pid
      await pause(5)
    }
  }
  // An announcement that gets no further, because somebody else holds the client's row.
  await a.sessions.record('alice')
  const holding = a.pool.query(
    (sql) => sql`
      with held as materialized (select 1 from sessions where client_id = 'alice' for update)
      select pg_sleep(60) from held`,
  )
  const held = holding.catch(() => {})
  const holder = await backendThat('PgSleep')
  let announced = false
  const announcement = a.sessions.record('alice').then(() => {
    announced = true
  })
  await backendThat('Lock')
  t.equal(await a.instances.heartbeat(a), 'live')
  t.equal(announced, false)
  await a.pool.query((sql) => sql`select pg_cancel_backend(${holder})`)
  await Promise.all([held, announcement])
})

t.test('forgetting and announcing one client happen in the order of the calls', async (t) => {
  const a = await (await world(t)).start()
  const clients = Array.from({ length: 40 }, (_, i) => `client-${i}`)
  for (let round = 0; round < 10; round++) {
    await Promise.all(clients.map(a.sessions.record))
    const calls = clients.flatMap((clientId) => [a.sessions.forget(clientId), a.sessions.record(clientId)])
    await Promise.all(calls)
    t.equal((await a.sessions.findMany(clients)).size, 40)
    await Promise.all(clients.flatMap((clientId) => [a.sessions.record(clientId), a.sessions.forget(clientId)]))
    t.equal((await a.sessions.findMany(clients)).size, 0)
  }
})

t.test('an announcement without the database is refused in time, and succeeds soon after it is back', async (t) => {
  const a = await (await world(t)).start()
  await a.sessions.record('alice')
  await server.stop()
  const clients = ['alice', 'bob', 'carol']
  const outcomes = await Promise.allSettled(clients.map(a.sessions.record))
  for (const outcome of outcomes) {
    t.ok(outcome.status === 'rejected' && outcome.reason instanceof Refusal && outcome.reason.status === 503)
  }
  await a.sessions.forget('alice')
  t.same(a.said, ['the database does not answer', 'sessions stay recorded here after their clients have left'])
  await t.rejects(a.sessions.find('alice'), Refusal)
  await server.start()
  await Promise.all(clients.map(a.sessions.record))
  t.same((await a.sessions.list()).sort(), clients)
})
