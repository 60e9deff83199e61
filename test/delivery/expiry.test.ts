import t from 'tap'
import type { StreamRequest } from '../../src/delivery/stream.ts'
import { answerOf, leaseMs, settled, startWorld } from './world.ts'

t.test('a notification that expires while nobody polls ends at once, and is deleted', async (t) => {
  const world = startWorld()
  const lease = world.lease('k1', { expiresInMs: 10_000 })
  world.mailboxes.offer([lease, world.lease('k2')])
  world.clock.pass(9_990)
  t.equal(lease.end, null)
  world.clock.pass(60)
  t.equal(lease.end, 'outdated')
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.strictSame(answerOf(await world.held()).ids, ['k2'])
  world.isEmpty(t)
})

t.test('a notification that has expired when its source shows it is not taken', async (t) => {
  const world = startWorld()
  const asked = await world.held()
  t.strictSame(world.mailboxes.offer([world.lease('k1', { expiresInMs: 0 })]), [])
  t.equal(asked.end, null)
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.equal(world.mailboxes.leasesOf('alice'), null)
  world.isEmpty(t)
})

t.test('a notification is handed over until the millisecond in which it expires', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1', { expiresInMs: 10_000 })])
  world.clock.pass(9_999)
  const first = await world.held({ ack: 'next' })
  t.strictSame(answerOf(first).ids, ['k1'])
  // The timer is called late, and the request is read before it.
  world.clock.jump(1)
  t.equal((await world.held({ ack: 'next', waitMs: 100 })).end, null)
  world.isEmpty(t)
})

t.test(
  'a notification that a response has carried waits for its acknowledgement, and is not handed over again',
  async (t) => {
    const world = startWorld()
    const lease = world.lease('k1', { expiresInMs: 10_000 })
    world.mailboxes.offer([lease])
    const { handover } = answerOf(await world.held({ ack: 'next' }))
    handover.written()
    world.clock.pass(15_000)
    t.equal(lease.end, null)
    const asked = await world.held({ ack: 'next' })
    t.equal(asked.end, null)
    world.mailboxes.acknowledgeCursor('alice', handover.cursor)
    t.equal(lease.end, 'acknowledged')
    world.isEmpty(t)
  },
)

t.test('a notification that was handed over and not acknowledged has expired when its lease ends', async (t) => {
  const world = startWorld()
  const lease = world.lease('k1', { expiresInMs: 10_000 })
  world.mailboxes.offer([lease])
  answerOf(await world.held()).handover.failed()
  world.clock.pass(leaseMs - 10)
  t.equal(lease.end, null)
  world.clock.pass(60)
  t.equal(lease.end, 'outdated')
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  world.isEmpty(t)
})

t.test('a response that fails after its notification has expired does not bring it back', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1', { expiresInMs: 500 })])
  const { handover } = answerOf(await world.held())
  handover.written()
  const asked = world.hold()
  world.clock.pass(600)
  handover.failed()
  await settled()
  t.equal(asked.end, null)
  world.isEmpty(t)
})

t.test('an instance that stops gives back no notification that has expired', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1', { expiresInMs: 10_000 })])
  answerOf(await world.held({ ack: 'next' })).handover.written()
  world.clock.pass(10_000)
  world.mailboxes.releaseAll()
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  world.isEmpty(t)
})

t.test('a notification that expires while it is being sent on is waited for', async (t) => {
  for (const isSent of [true, false]) {
    const world = startWorld()
    const lease = world.lease('k1', { expiresInMs: 10_000 })
    world.mailboxes.offer([lease])
    lease.startForward()
    world.clock.pass(12_000)
    t.equal(lease.end, null)
    if (isSent) lease.forwarded()
    else lease.forwardFailed()
    t.equal(lease.end, isSent ? 'sent-on' : 'outdated')
    world.isEmpty(t)
  }
})

t.test('the time of day decides, also when it is set', async (t) => {
  const world = startWorld()
  const [early, late] = [world.lease('k1', { expiresInMs: 10_000 }), world.lease('k2', { expiresInMs: 10_000 })]
  world.mailboxes.offer([early])
  world.day.offsetMs += 10_000
  t.equal((await world.held({ waitMs: 100 })).end, null, 'set forward')
  world.clock.pass(10_100)
  t.equal(early.end, 'outdated')
  world.day.offsetMs -= 20_000
  world.mailboxes.offer([late])
  world.clock.pass(9_000)
  world.day.offsetMs -= 5_000
  world.clock.pass(2_000)
  t.equal(late.end, null, 'set back')
  t.strictSame(answerOf(await world.held()).ids, ['k2'])
  world.isEmpty(t)
})

t.test('a stream gets no notification that has expired, and keeps what it has for an acknowledgement', async (t) => {
  const world = startWorld()
  const given: string[] = []
  const request: StreamRequest = {
    ...{ clientId: 'alice', waitMs: 25_000, limit: 1, ack: 'next', cursor: null, transport: 'event-stream' },
    opened() {},
    end() {},
    event(handover) {
      given.push(...handover.leases.map(({ key }) => key))
      return false
    },
  }
  const stream = world.mailboxes.stream(request)
  await settled()
  world.mailboxes.offer([world.lease('k1', { expiresInMs: 1_000 }), world.lease('k2', { expiresInMs: 1_000 })])
  world.clock.pass(1_000)
  stream?.resume()
  t.strictSame(given, ['k1'])
  world.clock.pass(100)
  t.strictSame(world.ended, [['k2', 'acknowledged']])
  t.equal(world.mailboxes.acknowledgeIds('alice', new Set(['k1'])).acknowledged, 1)
  world.isEmpty(t)
})

t.test('the client is told when a notification expires', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1', { expiresInMs: 1_000 })])
  const { handover } = answerOf(await world.held())
  t.equal(JSON.parse(handover.json).expiresAt, '2026-01-01T00:00:06.000Z')
  world.isEmpty(t)
})

t.test('expired notifications are counted by their source', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1', { expiresInMs: 0 }), world.lease('k2', { expiresInMs: 10 })])
  world.clock.pass(100)
  t.strictSame(
    world.observed.filter(([what]) => what === 'outdated'),
    [
      ['outdated', 'k1'],
      ['outdated', 'k2'],
    ],
  )
  t.equal(world.observed.length, 4, 'each was leased once, and ended once')
  world.isEmpty(t)
})
