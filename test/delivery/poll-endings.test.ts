import t from 'tap'
import type { PollEnd } from '../../src/delivery/poll.ts'
import { Refusal } from '../../src/delivery/refusal.ts'
import { type Asked, answerOf, startWorld, type World } from './world.ts'

/** Every ending of a poll, and what brings it about. A new ending does not compile until it has a row. */
const endings: Record<PollEnd['kind'], (world: World, asked: Asked) => unknown> = {
  answered: ({ mailboxes, lease }) => mailboxes.offer([lease('k1')]),
  'timed-out': ({ clock }) => clock.pass(25_050),
  'hung-up': (_, { poll }) => poll?.hangUp(),
  released: ({ clock, mailboxes }) => {
    void mailboxes.drain(1_000)
    clock.pass(1_000)
  },
  refused: () => {},
}

for (const [kind, happen] of Object.entries(endings)) {
  t.test(`a poll that is ${kind} ends once and leaves nothing behind`, async (t) => {
    const world = startWorld(kind === 'refused' ? { maxHeldPolls: 0 } : {})
    const asked = await world.held()
    if (kind !== 'refused') t.equal(asked.end, null, 'it is held')
    happen(world, asked)
    t.equal(asked.end?.kind, kind)
    // Later events do not end it again: `held` throws when a poll ends twice.
    for (const again of Object.values(endings)) again(world, asked)
    world.isEmpty(t)
  })
}

t.test('a poll ends by its own time, not earlier', async (t) => {
  const world = startWorld()
  const asked = await world.held({ waitMs: 3_000 })
  world.clock.pass(2_999)
  t.equal(asked.end, null)
  world.clock.pass(51)
  t.equal(asked.end?.kind, 'timed-out')
})

t.test('a poll with wait=0 takes what waits, or nothing, as soon as its session is recorded', async (t) => {
  const world = startWorld()
  t.equal((await world.held({ waitMs: 0 })).end?.kind, 'timed-out')
  world.mailboxes.offer([world.lease('k1')])
  t.strictSame(answerOf(world.hold({ waitMs: 0 })).ids, ['k1'])
  world.isEmpty(t)
})

t.test('a poll whose session cannot be recorded is refused with the reason', async (t) => {
  const world = startWorld()
  world.sessions.slow = true
  const asked = world.hold()
  world.announcements[0]?.reject(new Refusal('ERROR_DB_UNEXPECTED_ERROR'))
  await new Promise(setImmediate)
  t.match(asked.end, { kind: 'refused', refusal: { code: 'ERROR_DB_UNEXPECTED_ERROR', status: 503 } })
  const other = world.hold()
  world.announcements[1]?.reject(new Error('some other trouble'))
  await new Promise(setImmediate)
  t.match(other.end, { kind: 'refused', refusal: { code: 'ERROR_INTERNAL_SERVER_ERROR' } })
  world.isEmpty(t)
})
