import t from 'tap'
import type { Handover } from '../../src/delivery/handover.ts'
import type { PollEnd } from '../../src/delivery/poll.ts'
import type { Stream, StreamRequest } from '../../src/delivery/stream.ts'
import { answerOf, graceMs, leaseMs, lingerMs, settled, startWorld, type World } from './world.ts'

/** A stream, and what came of it. */
interface Listening {
  readonly stream: Stream | null
  readonly events: Handover[]
  readonly ids: string[]
  opened: number
  /** Events it takes before it wants to be resumed. */
  takes: number
  end: PollEnd | null
}

function open({ mailboxes }: World, request: Partial<Omit<StreamRequest, 'end'>> = {}): Listening {
  const listening = {
    stream: null as Stream | null,
    events: [] as Handover[],
    get ids() {
      return this.events.map(({ leases: [lease] }) => lease?.notification.id ?? '')
    },
    opened: 0,
    takes: Number.POSITIVE_INFINITY,
    end: null as PollEnd | null,
  }
  listening.stream = mailboxes.stream({
    clientId: 'alice',
    waitMs: 3_600_000,
    limit: 1,
    transport: 'event-stream',
    ack: 'next',
    cursor: null,
    opened() {
      listening.opened += 1
    },
    event(handover) {
      listening.events.push(handover)
      listening.takes -= 1
      return listening.takes > 0
    },
    end(end) {
      if (listening.end !== null) throw new Error('a stream ends once')
      listening.end = end
    },
    ...request,
  })
  return listening
}

const cursorAt = ({ events }: Listening, at: number): string => events[at]?.cursor ?? 'nothing'

t.test('a stream opens when its session is recorded, and gets event after event', async (t) => {
  const world = startWorld()
  world.sessions.slow = true
  const listening = open(world)
  world.mailboxes.offer([world.lease('n1')])
  t.equal(listening.opened, 0)
  t.same(listening.ids, [], 'nothing is handed over before (invariant 6)')
  world.announcements[0]?.resolve()
  await settled()
  t.equal(listening.opened, 1)
  world.mailboxes.offer([world.lease('n2'), world.lease('n3')])
  t.same(listening.ids, ['n1', 'n2', 'n3'])
  t.equal(new Set(listening.events.map(({ cursor }) => cursor)).size, 3, 'each has a cursor of its own')
  t.equal(listening.end, null)
})

t.test('a stream whose session cannot be recorded is refused and never opened', async (t) => {
  const world = startWorld()
  world.sessions.slow = true
  const listening = open(world)
  world.announcements[0]?.reject(new Error('no database'))
  await settled()
  t.equal(listening.opened, 0)
  t.equal(listening.end?.kind, 'refused')
  world.isEmpty(t)
})

t.test('with ack=next a lease is handed to a stream once, and again when its source has shown it again', async (t) => {
  const world = startWorld()
  const listening = open(world)
  await settled()
  world.mailboxes.offer([world.lease('n1')])
  world.mailboxes.offer([world.lease('n2')])
  t.same(listening.ids, ['n1', 'n2'])
  world.mailboxes.offer([world.lease('n1')])
  t.same(listening.ids, ['n1', 'n2', 'n1'], 'shown again while it is leased')
  world.clock.pass(leaseMs)
  t.same(world.ended, [], 'a lease that expires is not acknowledged')
  world.mailboxes.offer([world.lease('n2')])
  t.same(listening.ids, ['n1', 'n2', 'n1', 'n2'], 'shown again after its lease')
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursorAt(listening, 3)), 1)
  t.same(world.ended, [['n2', 'acknowledged']])
})

t.test('a cursor acknowledges everything up to its event of its stream, and nothing else', async (t) => {
  const world = startWorld()
  const listening = open(world)
  const other = open(world)
  await settled()
  for (const key of ['n1', 'n2', 'n3', 'n4']) world.mailboxes.offer([world.lease(key)])
  world.mailboxes.acknowledgeIds('alice', new Set(['n2']))
  t.same(world.ended.splice(0), [['n2', 'acknowledged']])
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursorAt(listening, 1)), 1, 'its own notification is settled')
  t.same(world.ended.splice(0), [['n1', 'acknowledged']])
  t.equal(world.mailboxes.acknowledgeCursor('bob', cursorAt(listening, 3)), 0, 'the cursor of another client')
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursorAt(other, 2)), 1, 'another stream has its own')
  t.same(world.ended.splice(0), [['n3', 'acknowledged']])
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursorAt(listening, 3)), 1)
  t.equal(world.mailboxes.leasedMemory.bytes, 0)
})

t.test('a stream that comes back with a cursor gets what came after it', async (t) => {
  const world = startWorld()
  const before = open(world)
  await settled()
  world.mailboxes.offer(['n1', 'n2', 'n3'].map((key) => world.lease(key)))
  before.stream?.hangUp()
  t.equal(before.end?.kind, 'hung-up')
  const after = open(world, { cursor: cursorAt(before, 1) })
  t.same(world.ended, [
    ['n1', 'acknowledged'],
    ['n2', 'acknowledged'],
  ])
  t.same(after.ids, ['n3'])
  const answer = answerOf(world.hold({ ack: 'next' }))
  t.same(answer.ids, ['n3'], 'a poll gets what is not acknowledged too')
  t.equal(world.mailboxes.acknowledgeCursor('alice', answer.handover.cursor), 1)
})

t.test('the cursors of many streams that ended are not all remembered', async (t) => {
  const world = startWorld()
  const cursors: string[] = []
  open(world).stream?.hangUp()
  await settled()
  for (let i = 0; i < 40; i++) {
    const listening = open(world)
    if (i === 0) world.mailboxes.offer([world.lease('n1')])
    cursors.push(cursorAt(listening, 0))
    listening.stream?.hangUp()
  }
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursors[1] ?? ''), 0)
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursors[39] ?? ''), 1)
})

t.test('with ack=auto each event has a grace of its own', async (t) => {
  const world = startWorld()
  const listening = open(world, { ack: 'auto' })
  await settled()
  world.mailboxes.offer([world.lease('n1'), world.lease('n2')])
  listening.events[0]?.written()
  world.clock.pass(graceMs + 200)
  t.same(world.ended, [['n1', 'acknowledged']])
  listening.events[1]?.written()
  listening.events[1]?.failed()
  t.same(listening.ids, ['n1', 'n2'], 'it is not handed to the same stream again')
  t.same(answerOf(world.hold()).ids, ['n2'], 'but to the next poll')
})

t.test('a grace does not pass while the connection is stuck', async (t) => {
  const world = startWorld()
  const listening = open(world, { ack: 'auto' })
  await settled()
  world.mailboxes.offer([world.lease('n1')])
  const [event] = listening.events
  const watcher = { stuck: true, over: () => {} }
  if (event) event.watcher = watcher
  event?.written()
  world.clock.pass(5 * graceMs)
  t.same(world.ended, [])
  watcher.stuck = false
  world.clock.pass(2 * graceMs)
  t.same(world.ended, [['n1', 'acknowledged']])
})

t.test('each of several streams and polls of a client gets the notification', async (t) => {
  const world = startWorld()
  const one = open(world, { ack: 'auto' })
  const two = open(world, { ack: 'auto' })
  const poll = await world.held()
  world.mailboxes.offer([world.lease('n1')])
  t.same([one.ids, two.ids, answerOf(poll).ids], [['n1'], ['n1'], ['n1']])
  one.events[0]?.written()
  two.events[0]?.written()
  two.events[0]?.failed()
  world.clock.pass(2 * graceMs)
  t.same(world.ended, [['n1', 'acknowledged']], 'the first acknowledgement settles it')
})

t.test('notifications wait while a stream takes no more, until it is resumed', async (t) => {
  const world = startWorld()
  const listening = open(world)
  await settled()
  listening.takes = 2
  world.mailboxes.offer(['n1', 'n2', 'n3'].map((key) => world.lease(key)))
  world.mailboxes.offer([world.lease('n4')])
  t.same(listening.ids, ['n1', 'n2'])
  listening.takes = 1
  listening.stream?.resume()
  t.same(listening.ids, ['n1', 'n2', 'n3'])
  listening.stream?.hangUp()
  listening.stream?.resume()
  t.same(listening.ids, ['n1', 'n2', 'n3'], 'one that has ended is not resumed')
  t.same(answerOf(world.hold({ ack: 'next' })).ids, ['n1', 'n2', 'n3', 'n4'], 'nothing is lost')
})

t.test('a stream gets no more than a thousand events that it does not acknowledge', async (t) => {
  const world = startWorld()
  const listening = open(world)
  await settled()
  world.mailboxes.offer(Array.from({ length: 1_010 }, (_, i) => world.lease(`n${i}`)))
  t.equal(listening.events.length, 1_000)
  world.mailboxes.acknowledgeCursor('alice', cursorAt(listening, 3))
  t.equal(listening.events.length, 1_004)
  world.mailboxes.acknowledgeIds('alice', new Set(['n4']))
  t.equal(listening.events.length, 1_005)
  world.clock.pass(leaseMs)
  t.equal(world.mailboxes.leasedMemory.bytes, 0, 'leases end as they do with polls')
})

t.test('streams count as polls', async (t) => {
  const world = startWorld({ maxPollsPerClient: 2 })
  const one = open(world)
  await world.held()
  t.equal(world.mailboxes.heldPolls.count, 2)
  t.equal(open(world).end?.kind, 'refused')
  t.equal(world.hold().end?.kind, 'refused')
  one.stream?.hangUp()
  t.equal(open(world).end, null)
})

const endings: Record<Exclude<PollEnd['kind'], 'answered'>, (world: World, listening: Listening) => unknown> = {
  'timed-out': ({ clock }) => clock.pass(3_600_050),
  'hung-up': (_, { stream }) => stream?.hangUp(),
  released: ({ mailboxes, clock }) => {
    void mailboxes.drain(5_000)
    clock.pass(5_000)
  },
  refused: ({ announcements }) => announcements[0]?.reject(new Error('no')),
}

for (const [kind, end] of Object.entries(endings)) {
  t.test(`a stream that is ${kind} leaves nothing behind`, async (t) => {
    const world = startWorld()
    world.sessions.slow = true
    const listening = open(world)
    if (kind !== 'refused') world.announcements[0]?.resolve()
    await settled()
    await end(world, listening)
    await settled()
    t.equal(listening.end?.kind, kind)
    t.same(world.forgotten, [], 'the session lingers')
    world.isEmpty(t)
    t.same(world.forgotten, kind === 'refused' ? [] : ['alice'])
  })
}

t.test('a session is not forgotten while a stream is held', async (t) => {
  const world = startWorld()
  const listening = open(world)
  await settled()
  world.clock.pass(10 * lingerMs)
  t.same(world.forgotten, [])
  t.ok(world.mailboxes.clients.isHere('alice'))
  t.equal(listening.end, null)
})

t.test('a stream that its client has left behind ends as a poll would', async (t) => {
  const world = startWorld()
  const listening = open(world)
  const short = open(world, { waitMs: 1_000 })
  await settled()
  world.mailboxes.clientMoved('alice', [])
  world.clock.pass(1_050)
  t.equal(short.end?.kind, 'timed-out', 'its own time is nearer')
  t.equal(listening.end, null)
  world.clock.pass(25_000)
  t.equal(listening.end?.kind, 'timed-out')
  world.isEmpty(t)
})

t.test('a client that polls elsewhere acknowledges what is in the grace of its stream here', async (t) => {
  const world = startWorld()
  const listening = open(world, { ack: 'auto' })
  await settled()
  world.mailboxes.offer([world.lease('n1')])
  listening.events[0]?.written()
  world.mailboxes.clientMoved('alice', [])
  t.same(world.ended, [['n1', 'acknowledged']])
})
