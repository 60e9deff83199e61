import t from 'tap'
import { openFleet } from '../../support/fleet.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)
const world = (t: Owner, options: { encoding?: string } = {}) => openFleet(server, t, options)

t.test('a client that is recorded is found until it is forgotten', async (t) => {
  const a = await (await world(t)).start()
  await a.sessions.record('alice')
  t.same(await a.sessions.find('alice'), a.peer)
  t.same(await a.sessions.findMany(['alice', 'bob', 'alice']), new Map([['alice', a.peer]]))
  t.equal(await a.sessions.count(), 1)
  t.same(await a.sessions.list(), ['alice'])
  await a.sessions.forget('alice')
  t.equal(await a.sessions.find('alice'), null)
  t.equal(await a.sessions.count(), 0)
  t.same(a.moves, [])
  t.same(a.said, [])
})

t.test('two thousand clients at once take two statements to record, to find and to forget', async (t) => {
  const a = await (await world(t)).start()
  const clients = Array.from({ length: 2_000 }, (_, i) => `client-${i}`)
  const all = (work: (clientId: string) => Promise<unknown>) => Promise.all(clients.map(work))
  await all(a.sessions.record)
  t.equal(a.counts.statements, 2)
  t.equal((await a.sessions.findMany(clients)).size, 2_000)
  t.equal(a.counts.statements, 4)
  t.equal(await a.sessions.count(), 2_000)
  a.counts.statements = 0
  await all(a.sessions.record)
  t.equal(a.counts.statements, 2, 'nor does recording them again cost more')
  await all(a.sessions.forget)
  t.equal(a.counts.statements, 4)
  t.equal(await a.sessions.count(), 0)
})

t.test('a client that moves is reported with the instance that it has left', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await a.sessions.record('alice')
  await Promise.all(['alice', 'bob'].map(b.sessions.record))
  t.same(b.moves, [{ clientId: 'alice', previous: a.self }])
  await b.sessions.record('alice')
  t.equal(b.moves.length, 1, 'a client that was here already has not moved')
  await a.sessions.record('alice')
  t.same(a.moves, [{ clientId: 'alice', previous: b.self }])
  t.same(await b.sessions.find('alice'), a.peer)
})

t.test('of two records of a client the one that was committed later has the later time', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  for (let round = 0; round < 20; round++) {
    await Promise.all([a.sessions.record('alice'), b.sessions.record('alice')])
    const first = await a.sessions.record('alice')
    const second = await b.sessions.record('alice')
    t.ok(second > first)
    t.equal((await a.records.find('alice'))?.recordedAt, second)
    t.equal(a.records.hasLeft('alice', second), true, 'the other instance was later')
    t.equal(b.records.hasLeft('alice', first), false, 'that is old')
  }
})

t.test('an instance forgets only its own sessions', async (t) => {
  const { start } = await world(t)
  const a = await start()
  const b = await start()
  await Promise.all(['alice', 'bob'].map(a.sessions.record))
  await b.sessions.record('alice')
  await Promise.all(['alice', 'bob'].map(a.sessions.forget))
  t.same(await a.sessions.find('alice'), b.peer)
  t.equal(await a.sessions.find('bob'), null)
})

t.test('ids that cannot be stored harm nobody else', async (t) => {
  const a = await (await world(t)).start()
  const bad = ['', '\0', 'a\u0000b', '\ud800', 'x'.repeat(513)]
  const good = ['alice', "o'hara", '"', '\\', '{a,b}', 'null', '😀', '-', ' ', 'x'.repeat(512), '😀'.repeat(256)]
  const outcomes = await Promise.allSettled([...bad, ...good].map(a.sessions.record))
  t.same(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'recorded' : outcome.reason.code)),
    [...bad.map(() => 'ERROR_INVALID_ARGUMENT'), ...good.map(() => 'recorded')],
  )
  t.same((await a.sessions.list()).sort(), [...good].sort())
  t.equal((await a.sessions.findMany([...bad, ...good])).size, good.length)
  await Promise.all([...bad, ...good].map(a.sessions.forget))
  t.equal(await a.sessions.count(), 0)
  t.same(a.said, [])
})
