import t from 'tap'
import { answerOf, graceMs, settled, startWorld } from './world.ts'

t.test('a drain ends every poll within its time, refuses new ones and resolves when none is held', async (t) => {
  const world = startWorld()
  const polls = [await world.held(), await world.held({ clientId: 'bob', waitMs: 600_000 })]
  let over = false
  void world.mailboxes.drain(5_000).then(() => {
    over = true
  })
  t.match((await world.held()).end, { kind: 'refused', refusal: { code: 'ERROR_DRAINING' } })
  t.notOk(over)
  world.clock.pass(5_050)
  await settled()
  t.strictSame(
    polls.map(({ end }) => end?.kind),
    ['released', 'released'],
  )
  t.ok(over)
  world.isEmpty(t)
})

t.test('a drain without polls is over at once', async (t) => {
  const world = startWorld()
  await world.mailboxes.drain(5_000)
  t.ok(world.mailboxes.heldPolls.isDraining)
  t.equal(world.clock.pending, 0)
})

t.test('a drain does not make a poll outlive its own time', async (t) => {
  const world = startWorld()
  const asked = await world.held({ waitMs: 1_000 })
  void world.mailboxes.drain(60_000)
  world.clock.pass(1_050)
  t.not(asked.end, null)
  world.isEmpty(t)
})

t.test('a poll that waits for its session is released as well', async (t) => {
  for (const waitMs of [0, 25_000]) {
    const world = startWorld()
    world.sessions.slow = true
    const asked = world.hold({ waitMs })
    const drained = world.mailboxes.drain(1_000)
    world.clock.pass(1_050)
    await drained
    t.equal(asked.end?.kind, 'released')
    world.announcements[0]?.resolve()
    await settled()
    world.isEmpty(t)
  }
})

t.test('a notification that comes during a drain is handed to a poll that is still held', async (t) => {
  const world = startWorld()
  const asked = await world.held()
  void world.mailboxes.drain(1_000)
  world.mailboxes.offer([world.lease('k1')])
  t.strictSame(answerOf(asked).ids, ['k1'])
  world.isEmpty(t)
})

t.test('every lease is given back except those in their grace', async (t) => {
  const world = startWorld()
  const asked = await world.held({ limit: 1 })
  world.mailboxes.offer([world.lease('k1'), world.lease('k2'), world.lease('k3', { addressee: 'bob' })])
  answerOf(asked).handover.written()
  t.equal(world.mailboxes.releaseAll(), 1)
  t.strictSame(world.ended, [
    ['k2', 'released'],
    ['k3', 'released'],
  ])
  world.clock.pass(graceMs + 150)
  t.strictSame(world.ended.at(-1), ['k1', 'acknowledged'])
  t.equal(world.mailboxes.releaseAll(), 0)
  world.isEmpty(t)
})

t.test('a drain that was asked for twice resolves for both callers', async (t) => {
  const world = startWorld()
  await world.held()
  let told = 0
  for (const drained of [world.mailboxes.drain(100), world.mailboxes.drain(100)]) void drained.then(() => told++)
  world.clock.pass(1_000)
  await settled()
  t.equal(told, 2)
})
