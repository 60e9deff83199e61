import t from 'tap'
import { answerOf, lingerMs, settled, startWorld } from './world.ts'

t.test('a poll gets nothing before its session is recorded, and everything after', async (t) => {
  const world = startWorld()
  world.sessions.slow = true
  const asked = world.hold()
  world.mailboxes.offer([world.lease('k1')])
  await settled()
  t.equal(asked.end, null)
  t.ok(world.mailboxes.clients.isHere('alice'), 'its notifications are kept here')
  t.strictSame([...world.mailboxes.clients.recordedHere()], [], 'but nobody was told so')
  world.announcements[0]?.resolve()
  await settled()
  t.strictSame(answerOf(asked).ids, ['k1'])
  world.isEmpty(t)
})

t.test('several polls cost one record of the session, and the next polls within the linger cost none', async (t) => {
  const world = startWorld()
  world.sessions.slow = true
  const polls = [world.hold(), world.hold({ waitMs: 1_000 })]
  t.equal(world.announcements.length, 1)
  world.announcements[0]?.resolve()
  await settled()
  world.clock.pass(26_000)
  t.strictSame(
    polls.map(({ end }) => end?.kind),
    ['timed-out', 'timed-out'],
  )
  world.clock.pass(lingerMs - 2_000)
  world.hold().poll?.hangUp()
  t.equal(world.announcements.length, 1)
  world.isEmpty(t)
})

t.test('the session outlives the last poll by the linger, and is then forgotten once', async (t) => {
  const world = startWorld()
  const [one, other] = [await world.held({ waitMs: 1_000 }), await world.held({ waitMs: 5_000 })]
  world.clock.pass(5_100)
  t.ok(one.end && other.end)
  world.clock.pass(lingerMs - 200)
  t.strictSame(world.forgotten, [])
  t.ok(world.mailboxes.clients.isHere('alice'))
  world.clock.pass(300)
  t.strictSame(world.forgotten, ['alice'])
  t.notOk(world.mailboxes.clients.isHere('alice'))
  world.isEmpty(t)
  t.equal(world.forgotten.length, 1)
})

t.test('a session is not forgotten while a poll is held, however long', async (t) => {
  const world = startWorld()
  await world.held({ waitMs: 1_000 })
  world.clock.pass(2_000)
  await world.held({ waitMs: 600_000 })
  world.clock.pass(590_000)
  t.strictSame(world.forgotten, [])
  world.isEmpty(t)
})

t.test('a poll that ends while its session is being recorded leaves the session to its linger', async (t) => {
  for (const end of ['hang up', 'time'] as const) {
    const world = startWorld()
    world.sessions.slow = true
    const asked = world.hold({ waitMs: 100 })
    if (end === 'hang up') asked.poll?.hangUp()
    else world.clock.pass(200)
    t.not(asked.end, null)
    world.announcements[0]?.resolve()
    await settled()
    t.ok(world.mailboxes.clients.isHere('alice'))
    world.isEmpty(t)
    t.strictSame(world.forgotten, ['alice'])
  }
})

t.test('when a record fails only the polls that wait for it are refused, and the next poll tries again', async (t) => {
  const world = startWorld()
  const old = await world.held({ waitMs: 600_000 })
  world.mailboxes.clientMoved('alice', [])
  world.sessions.slow = true
  const inert = world.hold()
  t.equal(world.announcements.length, 1)
  world.announcements[0]?.reject(new Error('no database'))
  await settled()
  t.equal(inert.end?.kind, 'refused')
  t.equal(old.end, null)
  world.sessions.slow = false
  const next = await world.held()
  world.mailboxes.offer([world.lease('k1')])
  t.strictSame(answerOf(next).ids, ['k1'])
  t.strictSame(answerOf(old).ids, ['k1'])
  world.isEmpty(t)
})

t.test('the poll of a client that has left stays held, does not bring the client back and runs out', async (t) => {
  const world = startWorld()
  const asked = await world.held({ waitMs: 60_000 })
  t.strictSame(world.mailboxes.clientMoved('alice', []), [])
  t.notOk(world.mailboxes.clients.isHere('alice'))
  t.equal(asked.end, null)
  world.clock.pass(61_000)
  t.equal(asked.end?.kind, 'timed-out')
  t.strictSame(world.forgotten, [], 'the record is another instance’s by now')
  world.isEmpty(t)
})

t.test('when a client leaves, its cursors and its graces are acknowledged and the rest is to be sent on', async (t) => {
  const world = startWorld()
  const next = await world.held({ ack: 'next', limit: 1 })
  world.mailboxes.offer([world.lease('k1')])
  const { cursor } = answerOf(next).handover
  world.mailboxes.offer([world.lease('k2')])
  answerOf(await world.held({ ack: 'auto', limit: 2, cursor: null })).handover.written()
  world.mailboxes.offer([world.lease('k3'), world.lease('k4', { source: { ...world.source, shared: true } })])
  const left = world.mailboxes.clientMoved('alice', [cursor])
  t.strictSame(
    left.map(({ key }) => key),
    ['k3'],
  )
  t.strictSame(
    new Map(world.ended),
    new Map([
      ['k1', 'acknowledged'],
      ['k2', 'acknowledged'],
      ['k4', 'released'],
    ]),
  )
  world.isEmpty(t)
})

t.test('polls that wait for the same record all get what waits', async (t) => {
  const world = startWorld()
  world.sessions.slow = true
  const tabs = [world.hold(), world.hold()]
  world.mailboxes.offer([world.lease('k1')])
  world.announcements[0]?.resolve()
  await settled()
  for (const tab of tabs) t.strictSame(answerOf(tab).ids, ['k1'])
  world.isEmpty(t)
})

t.test(
  'a client that is said to have left, and whose record says "here", stays while a poll of it is held',
  async (t) => {
    const world = startWorld()
    t.notOk(world.mailboxes.confirmHere('alice'), 'nobody is held')
    const asked = await world.held({ waitMs: 60_000 })
    world.mailboxes.clientMoved('alice', [])
    t.ok(world.mailboxes.confirmHere('alice'))
    t.ok(world.mailboxes.clients.isHere('alice'))
    world.clock.pass(61_000)
    t.equal(asked.end?.kind, 'timed-out')
    world.clock.pass(31_000)
    t.strictSame(world.forgotten, ['alice'], 'and its record goes with it')
    world.isEmpty(t)
  },
)
