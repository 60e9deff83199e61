import t from 'tap'
import type { Bounds } from '../../../src/delivery/bounds.ts'
import { IntakeQueue, intakeCounters } from '../../../src/delivery/intake/intake-queue.ts'
import { LogBook } from '../../support/log-book.ts'
import { answerOf, leaseMs, settled, startWorld } from '../world.ts'

function start({ isOrdered = false, ...bounds }: Partial<Bounds> & { isOrdered?: boolean } = {}) {
  const world = startWorld(bounds)
  const sent: [string, string, number][] = []
  const kept: string[] = []
  const outside = {
    peer: null as { queueUrl: string } | null,
    /** Whether the queue of the peer takes messages of this size. */
    takesSize: true,
    /** Whether the place where notifications are kept takes this one. */
    hasRoom: true,
    /** Set to let the ways on wait, or fail. */
    find: async () => {},
    send: async (_id: string) => {},
  }
  const counters = intakeCounters()
  const log = new LogBook()
  const intake = new IntakeQueue({
    mailboxes: world.mailboxes,
    isOrdered,
    counters,
    log,
    waysOn: {
      async find() {
        await outside.find()
        return outside.peer
      },
      async send(queueUrl, { id }, hops) {
        await outside.send(id)
        if (outside.takesSize) sent.push([queueUrl, id, hops])
        return outside.takesSize
      },
      async keep({ id }) {
        await outside.send(id)
        if (outside.hasRoom) kept.push(id)
        return outside.hasRoom
      },
    },
  })
  return { world, intake, outside, sent, kept, counters, log }
}

t.test('a notification for a client that is held is handed over, and deleted when it is acknowledged', async (t) => {
  const { world, intake, outside, sent, kept } = start()
  outside.find = async () => void t.fail('it is here')
  const asked = await world.held({ ack: 'next' })
  intake.offer([world.lease('k1')])
  t.strictSame(answerOf(asked).ids, ['k1'])
  t.strictSame(world.ended, [], 'not yet')
  world.mailboxes.acknowledgeIds('alice', new Set(['k1']))
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.strictSame([sent, kept], [[], []])
  await intake.settled()
  world.isEmpty(t)
})

t.test('a notification for a client of another instance is sent to its queue, and then deleted', async (t) => {
  const { world, intake, outside, sent, counters } = start()
  outside.peer = { queueUrl: 'queue of b2' }
  intake.offer([world.lease('k1')])
  t.strictSame(world.ended, [], 'not before that queue has it')
  t.equal(counters.underWay, 1)
  t.ok(world.mailboxes.leasedMemory.bytes > 0, 'it counts as leased memory meanwhile')
  await intake.settled()
  t.strictSame(sent, [['queue of b2', 'k1', 1]])
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.match(counters, { sentOn: 1, kept: 0, underWay: 0 })
  world.isEmpty(t)
})

t.test('a notification for a client that is nowhere is kept for it, and then deleted', async (t) => {
  const { world, intake, kept, counters } = start()
  intake.offer([world.lease('k1')])
  await intake.settled()
  t.strictSame(kept, ['k1'])
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.match(counters, { sentOn: 0, kept: 1, left: 0 })
  world.isEmpty(t)
})

t.test('a notification that is too large for the queue of its instance is kept, and counted as kept', async (t) => {
  const { world, intake, outside, sent, kept, counters } = start()
  outside.peer = { queueUrl: 'queue of b2' }
  outside.takesSize = false
  intake.offer([world.lease('k1')])
  await intake.settled()
  t.strictSame([sent, kept], [[], ['k1']])
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.match(counters, { sentOn: 0, kept: 1, failed: 0 })
})

t.test('a client that comes during the look-up is handed the notification, which nobody else gets', async (t) => {
  const { world, intake, outside, sent, kept } = start()
  let asked = null as Awaited<ReturnType<typeof world.held>> | null
  outside.peer = { queueUrl: 'queue of b2' }
  outside.find = async () => {
    asked = await world.held({ ack: 'next' })
  }
  intake.offer([world.lease('k1')])
  await intake.settled()
  t.ok(asked)
  if (asked) t.strictSame(answerOf(asked).ids, ['k1'])
  t.strictSame([sent, kept, world.ended], [[], [], []])
})

t.test(
  'a notification that is shown again while it is under way is passed on once, and deleted by the newer receipt',
  async (t) => {
    const { world, intake, kept } = start()
    const first = world.lease('k1')
    intake.offer([first])
    const again = world.lease('k1')
    Object.assign(again, { receipt: 'a newer receipt' })
    intake.offer([again])
    await intake.settled()
    t.strictSame(kept, ['k1'])
    t.equal(first.receipt, 'a newer receipt')
    t.strictSame(world.ended, [['k1', 'acknowledged']])
  },
)

t.test('an outage pauses receiving, is logged once, and the notification is passed on when it is over', async (t) => {
  const { world, intake, outside, kept, log, counters } = start()
  outside.find = async () => Promise.reject(new Error('the database is away'))
  intake.offer([world.lease('k1')])
  for (let second = 0; second < 5; second++) {
    await settled()
    t.notOk(intake.full, 'failures for one client are no outage')
    world.clock.pass(1_000)
  }
  intake.offer([world.lease('k2', { addressee: 'bob' })])
  await settled()
  t.ok(intake.full, 'receiving pauses')
  world.clock.pass(1_000)
  await settled()
  t.notOk(intake.full, 'and goes on for as long as it paused')
  world.clock.pass(1_000)
  await settled()
  t.ok(intake.full)
  t.equal(log.count('warn'), 1)
  outside.find = async () => {}
  world.clock.pass(1_000)
  await settled()
  t.strictSame(kept.sort(), ['k1', 'k2'])
  t.notOk(intake.full)
  t.equal(world.ended.length, 2)
  t.match(counters, { kept: 2, underWay: 0 })
})

t.test('an outage that outlasts the lease leaves the notification in its queue', async (t) => {
  const { world, intake, outside, kept, counters } = start()
  outside.find = async () => Promise.reject(new Error('the database is away'))
  intake.offer([world.lease('k1')])
  for (let second = 0; second < leaseMs / 1_000 + 1; second++) {
    await settled()
    world.clock.pass(1_000)
  }
  await intake.settled()
  t.strictSame([kept, world.ended], [[], []], 'neither kept nor deleted')
  t.match(counters, { left: 1, underWay: 0 })
  outside.find = async () => {}
  intake.offer([world.lease('k1')])
  await settled()
  t.strictSame([kept, world.ended], [['k1'], [['k1', 'acknowledged']]], 'passed on when the queue shows it again')
  world.isEmpty(t)
})

t.test('an instance that stops gives back what it cannot pass on', async (t) => {
  const { world, intake, outside } = start()
  outside.find = async () => Promise.reject(new Error('the database is away'))
  intake.offer([world.lease('k1')])
  await settled()
  intake.giveBack()
  const idle = intake.settled()
  world.clock.pass(1_000)
  await idle
  t.strictSame(world.ended, [['k1', 'released']])
})

t.test('a notification for which there is no place is left, and others are passed on', async (t) => {
  const { world, intake, outside, counters } = start()
  outside.hasRoom = false
  intake.offer([world.lease('k1')])
  await settled()
  t.strictSame(world.ended, [])
  t.notOk(intake.full, 'that is no outage')
  outside.hasRoom = true
  intake.offer([world.lease('k2')])
  await settled()
  t.strictSame(world.ended, [['k2', 'acknowledged']])
  t.match(counters, { left: 1, kept: 1, failed: 0 })
})

t.test(
  'an instance that stops gives back what it had left to the queue, unless the queue shows it again by then',
  async (t) => {
    const { world, intake, outside } = start()
    outside.hasRoom = false
    intake.offer([world.lease('k1')])
    await settled()
    t.strictSame(world.ended, [], 'left, and shown again later')
    world.clock.pass(leaseMs + 50)
    intake.offer([world.lease('k2')])
    await settled()
    intake.giveBack()
    t.strictSame(world.ended, [['k2', 'released']])
  },
)

t.test('a client that holds all the memory it may gets the rest from where it is kept', async (t) => {
  const { world, intake, kept } = start({ maxLeasedBytes: 40_000 })
  await world.held({ ack: 'next' })
  const body = 'x'.repeat(2_000)
  intake.offer(Array.from({ length: 5 }, (_, i) => world.lease(`k${i}`, { body })))
  await intake.settled()
  t.ok(kept.length > 0 && kept.length < 5, `${kept.length} of 5`)
  t.strictSame(world.ended.length, kept.length)
})

t.test('receiving pauses while much is under way, by number and by bytes', async (t) => {
  const { world, intake, outside } = start()
  const { promise, resolve } = Promise.withResolvers<void>()
  outside.find = () => promise
  intake.offer(Array.from({ length: 159 }, (_, i) => world.lease(`k${i}`)))
  t.notOk(intake.full)
  intake.offer([world.lease('one more')])
  t.ok(intake.full)
  resolve()
  await intake.settled()
  t.notOk(intake.full)

  const large = start({ maxLeasedBytes: 1_048_576 })
  large.outside.find = () => new Promise(() => {})
  large.intake.offer([large.world.lease('k1', { body: 'x'.repeat(100_000) })])
  t.ok(large.intake.full)
})

t.test('notifications past the bound on leased memory are left to the queue, the last first', async (t) => {
  const { world, intake, outside, kept } = start({ maxLeasedBytes: 1_048_576 })
  const { promise, resolve } = Promise.withResolvers<void>()
  outside.find = () => promise
  const body = 'x'.repeat(200_000)
  intake.offer(Array.from({ length: 5 }, (_, i) => world.lease(`k${i}`, { body })))
  t.ok(world.mailboxes.leasedMemory.bytes <= 1_048_576)
  t.equal(world.mailboxes.heldBack.notifications, 3)
  resolve()
  await intake.settled()
  t.strictSame(kept, ['k0', 'k1'])
  const alone = start({ maxLeasedBytes: 100_000 })
  alone.intake.offer([alone.world.lease('large', { body }), alone.world.lease('larger', { body })])
  await alone.intake.settled()
  t.strictSame(alone.kept, ['large'], 'one that is larger than all memory is passed on alone')
})

t.test('the notifications of an ordered queue are passed on one after the other for each client', async (t) => {
  const { world, intake, outside, kept } = start({ isOrdered: true })
  const waiting = new Map<string, () => void>()
  outside.send = (id) => new Promise((resolve) => waiting.set(id, resolve))
  const lease = (addressee: string, n: number) => world.lease(`${addressee} ${n}`, { addressee })
  intake.offer([lease('alice', 1), lease('alice', 2), lease('bob', 1)])
  await settled()
  t.strictSame([...waiting.keys()], ['alice 1', 'bob 1'], 'clients do not wait for each other')
  waiting.get('alice 1')?.()
  await settled()
  t.strictSame([...waiting.keys()], ['alice 1', 'bob 1', 'alice 2'])
  for (const resolve of waiting.values()) resolve()
  await intake.settled()
  t.strictSame(kept, ['alice 1', 'bob 1', 'alice 2'])
})

t.test('in an ordered queue none overtakes one that is left', async (t) => {
  const { world, intake, outside, kept, counters } = start({ isOrdered: true })
  outside.hasRoom = false
  intake.offer([world.lease('k1'), world.lease('k2')])
  await settled()
  t.strictSame([kept, world.ended], [[], []])
  t.equal(counters.left, 2)
})
