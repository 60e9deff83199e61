import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { InstanceDead } from '../../../src/adapters/postgres/announcement.ts'
import { createInstances } from '../../../src/adapters/postgres/instances.ts'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { type DatabaseOptions, openPool, type Pool } from '../../../src/adapters/postgres/pool.ts'
import { createSessions, type Move, type SessionsOptions } from '../../../src/adapters/postgres/sessions.ts'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { type Owner, startPostgres } from '../../support/postgres.ts'

const server = await startPostgres(t)

/** A migrated database, and as many instances on it as are asked for, each with a pool of its own. */
async function world(t: Owner, options: { encoding?: string } = {}) {
  const database = await server.freshDatabase(options)
  await migrate({ ...database, log: { info() {}, warn() {} } })
  return { database, start: (options?: Partial<SessionsOptions>) => start(t, database, options) }
}

async function start(t: Owner, database: DatabaseOptions, options: Partial<SessionsOptions> = {}) {
  const said: string[] = []
  const say = (_fields: object, sentence: string) => said.push(sentence)
  const log = { info: say, warn: say }
  const real = openPool({ ...database, log })
  t.teardown(() => real.close())
  const counts = { statements: 0, takenForDead: 0 }
  const pool: Pool = {
    ...real,
    query(statement, deadlineMs) {
      counts.statements += 1
      return real.query(statement, deadlineMs)
    },
  }
  const instances = createInstances({ pool })
  const id = randomUUID()
  const moves: Move[] = []
  const registration = {
    id,
    address: `http://${id}:8080`,
    queueUrl: `http://sqs/queue-${id}`,
    ownsQueue: true,
    relayKey: randomUUID(),
  }
  await instances.register(registration)
  counts.statements = 0
  const sessions = createSessions({
    pool,
    instanceId: () => id,
    clock: systemClock,
    log,
    onTakenForDead: () => (counts.takenForDead += 1),
    onMoved: (moved) => {
      moves.push(...moved)
    },
    ...options,
  })
  const { address, queueUrl, relayKey } = registration
  const whereabouts = { instanceId: id, address, queueUrl, relayKey }
  const self = { id, address, queueUrl, relayKey, live: true }
  return { ...registration, self, whereabouts, pool, instances, sessions, counts, moves, said }
}

t.test('who is announced is found, until it is forgotten', async (t) => {
  const a = await (await world(t)).start()
  await a.sessions.announce('alice')
  t.same(await a.sessions.find('alice'), a.whereabouts)
  t.same(await a.sessions.findMany(['alice', 'bob', 'alice']), new Map([['alice', a.whereabouts]]))
  t.equal(await a.sessions.countOwn(), 1)
  t.same(await a.sessions.listOwn(), ['alice'])
  await a.sessions.forget('alice')
  t.equal(await a.sessions.find('alice'), null)
  t.equal(await a.sessions.countOwn(), 0)
  t.same(a.moves, [])
  t.same(a.said, [])
})

t.test('two thousand clients at once are two statements to announce, to find and to forget', async (t) => {
  const a = await (await world(t)).start()
  const clients = Array.from({ length: 2_000 }, (_, i) => `client-${i}`)
  const all = (work: (clientId: string) => Promise<unknown>) => Promise.all(clients.map(work))
  await all(a.sessions.announce)
  t.equal(a.counts.statements, 2)
  t.equal((await a.sessions.findMany(clients)).size, 2_000)
  t.equal(a.counts.statements, 4)
  t.equal(await a.sessions.countOwn(), 2_000)
  a.counts.statements = 0
  await all(a.sessions.announce)
  t.equal(a.counts.statements, 2, 'nor does announcing them again cost more')
  await all(a.sessions.forget)
  t.equal(a.counts.statements, 4)
  t.equal(await a.sessions.countOwn(), 0)
})

t.test('a client that moves is told of with the instance it has left', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await a.sessions.announce('alice')
  await Promise.all(['alice', 'bob'].map(b.sessions.announce))
  t.same(b.moves, [{ clientId: 'alice', previous: a.self }])
  await b.sessions.announce('alice')
  t.equal(b.moves.length, 1, 'who was here already has not moved')
  await a.sessions.announce('alice')
  t.same(a.moves, [{ clientId: 'alice', previous: b.self }])
  t.same(await b.sessions.find('alice'), a.whereabouts)
})

t.test('an announcement resolves when the instance that was left has been told', async (t) => {
  const { start } = await world(t)
  const told = Promise.withResolvers<void>()
  const a = await start()
  const b = await start({ onMoved: () => told.promise })
  await a.sessions.announce('alice')
  let moved = false
  const alice = b.sessions.announce('alice').then(() => (moved = true))
  await Promise.all([b.sessions.announce('bob'), b.sessions.announce('carol')])
  t.same(await b.sessions.find('alice'), b.whereabouts)
  t.equal(moved, false)
  told.resolve()
  await alice
})

t.test('a client is recorded although the instance that was left could not be told', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start({ onMoved: () => Promise.reject(new Error('not reached')) })
  await a.sessions.announce('alice')
  await b.sessions.announce('alice')
  t.same(await a.sessions.find('alice'), b.whereabouts)
  t.same(b.said, ['instances were not told that clients have moved'])
})

t.test('an instance forgets only its own sessions', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await Promise.all(['alice', 'bob'].map(a.sessions.announce))
  await b.sessions.announce('alice')
  await Promise.all(['alice', 'bob'].map(a.sessions.forget))
  t.same(await a.sessions.find('alice'), b.whereabouts)
  t.equal(await a.sessions.find('bob'), null)
})

t.test('an instance that drains removes its own sessions', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await Promise.all(['alice', 'bob'].map(a.sessions.announce))
  await b.sessions.announce('carol')
  await a.sessions.removeOwn()
  t.equal(await a.sessions.countOwn(), 0)
  t.same(await b.sessions.listOwn(), ['carol'])
})

t.test('instances that fight for the same clients end with one owner each, and every loser was told of', async (t) => {
  const { start } = await world(t)
  const fighters = [await start(), await start(), await start()]
  const clients = Array.from({ length: 300 }, (_, i) => `client-${i}`)
  const shuffled = () => clients.map((id) => ({ id, at: Math.random() })).sort((x, y) => x.at - y.at)
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      fighters.flatMap(({ sessions }) =>
        shuffled().map(async ({ id }) => {
          await pause(Math.random() * 20)
          await sessions.announce(id)
        }),
      ),
    )
  }
  const found = await fighters[0]?.sessions.findMany(clients)
  t.equal(found?.size, 300)
  // Each client went from its first owner to its last: all the other comings and goings of the moves cancel out.
  const moves = fighters.flatMap(({ id, moves }) => moves.map(({ clientId, previous }) => ({ clientId, id, previous })))
  for (const clientId of clients) {
    const balance = new Map<string, number>(fighters.map(({ id }) => [id, 0]))
    for (const move of moves.filter((move) => move.clientId === clientId)) {
      balance.set(move.id, (balance.get(move.id) ?? 0) + 1)
      balance.set(move.previous.id, (balance.get(move.previous.id) ?? 0) - 1)
    }
    const last = balance.get(found?.get(clientId)?.instanceId ?? '')
    const uneven = [...balance.values()].filter((n) => n !== 0).sort((x, y) => x - y)
    if (!(uneven.length === 0 || (uneven.join() === '-1,1' && last === 1))) t.fail(`a move of ${clientId} is missing`)
  }
})

t.test('a client that connects to two instances at once is known by one to have left the other', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  for (let round = 0; round < 50; round++) {
    const clientId = `newcomer-${round}`
    a.moves.length = b.moves.length = 0
    await Promise.all([a.sessions.announce(clientId), b.sessions.announce(clientId)])
    const last = await a.sessions.find(clientId)
    const [winner, loser] = last?.instanceId === a.id ? [a, b] : [b, a]
    t.same(winner.moves, [{ clientId, previous: loser.self }])
    t.same(loser.moves, [])
  }
})

t.test('an instance that was taken for dead records nothing, and learns it', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await a.sessions.announce('alice')
  await a.pool.query((sql) => sql`update instances set heartbeat_at = now() - interval '21 s' where id = ${a.id}`)
  t.match(await b.instances.fenceDead({ afterSeconds: 20 }), [{ id: a.id }])
  t.equal(await b.sessions.find('alice'), null)
  const outcomes = await Promise.allSettled(['alice', 'bob'].map(a.sessions.announce))
  for (const outcome of outcomes) t.ok(outcome.status === 'rejected' && outcome.reason instanceof InstanceDead)
  t.equal(a.counts.takenForDead, 1)
  t.equal(await b.sessions.find('bob'), null)
  await b.sessions.announce('alice')
  t.same(b.moves, [])
  const gone = await start({ instanceId: () => randomUUID() })
  const refused = await gone.sessions.announce('alice').catch((error: unknown) => error)
  t.ok(refused instanceof InstanceDead)
})

t.test('a client that comes from a dead instance is said to, for nobody is there to be told', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await a.sessions.announce('alice')
  await a.pool.query((sql) => sql`update instances set dead_at = now() where id = ${a.id}`)
  await b.sessions.announce('alice')
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
        await a.sessions.announce(clientId)
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

t.test('heartbeats are counted while announcements are under way', async (t) => {
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
  await a.sessions.announce('alice')
  const holding = a.pool.query(
    (sql) => sql`
      with held as materialized (select 1 from sessions where client_id = 'alice' for update)
      select pg_sleep(60) from held`,
  )
  const held = holding.catch(() => {})
  const holder = await backendThat('PgSleep')
  let announced = false
  const announcement = a.sessions.announce('alice').then(() => {
    announced = true
  })
  await backendThat('Lock')
  t.equal(await a.instances.heartbeat(a.id), true)
  t.equal(announced, false)
  await a.pool.query((sql) => sql`select pg_cancel_backend(${holder})`)
  await Promise.all([held, announcement])
})

t.test('forgetting and announcing one client happen in the order of the calls', async (t) => {
  const a = await (await world(t)).start()
  const clients = Array.from({ length: 40 }, (_, i) => `client-${i}`)
  for (let round = 0; round < 10; round++) {
    await Promise.all(clients.map(a.sessions.announce))
    const calls = clients.flatMap((clientId) => [a.sessions.forget(clientId), a.sessions.announce(clientId)])
    await Promise.all(calls)
    t.equal((await a.sessions.findMany(clients)).size, 40)
    await Promise.all(clients.flatMap((clientId) => [a.sessions.announce(clientId), a.sessions.forget(clientId)]))
    t.equal((await a.sessions.findMany(clients)).size, 0)
  }
})

t.test('ids that cannot be stored harm nobody else', async (t) => {
  const a = await (await world(t)).start()
  const bad = ['', '\0', 'a\u0000b', '\ud800', 'x'.repeat(513)]
  const good = ['alice', "o'hara", '"', '\\', '{a,b}', 'null', '😀', '-', ' ', 'x'.repeat(512), '😀'.repeat(256)]
  const outcomes = await Promise.allSettled([...bad, ...good].map(a.sessions.announce))
  t.same(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'recorded' : outcome.reason.code)),
    [...bad.map(() => 'ERROR_INVALID_ARGUMENT'), ...good.map(() => 'recorded')],
  )
  t.same((await a.sessions.listOwn()).sort(), [...good].sort())
  t.equal((await a.sessions.findMany([...bad, ...good])).size, good.length)
  await Promise.all([...bad, ...good].map(a.sessions.forget))
  t.equal(await a.sessions.countOwn(), 0)
  t.same(a.said, [])
})

t.test('an id that only the database refuses harms nobody else', async (t) => {
  const a = await (await world(t, { encoding: 'LATIN1' })).start()
  const clients = Array.from({ length: 20 }, (_, i) => (i === 13 ? '😀' : `client-${i}`))
  const outcomes = await Promise.allSettled(clients.map(a.sessions.announce))
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 19)
  t.match(outcomes[13], { status: 'rejected', reason: { code: 'ERROR_DB_UNEXPECTED_ERROR', cause: { code: '22P05' } } })
  t.equal(await a.sessions.countOwn(), 19)
})

t.test('without its database an announcement is refused in time, and recorded again soon after', async (t) => {
  const a = await (await world(t)).start()
  await a.sessions.announce('alice')
  await server.stop()
  const clients = ['alice', 'bob', 'carol']
  const outcomes = await Promise.allSettled(clients.map(a.sessions.announce))
  for (const outcome of outcomes) {
    t.ok(outcome.status === 'rejected' && outcome.reason instanceof Refusal && outcome.reason.status === 503)
  }
  await a.sessions.forget('alice')
  t.same(a.said, ['the database does not answer', 'sessions stay recorded here after their clients have left'])
  await t.rejects(a.sessions.find('alice'), Refusal)
  await server.start()
  await Promise.all(clients.map(a.sessions.announce))
  t.same((await a.sessions.listOwn()).sort(), clients)
})
