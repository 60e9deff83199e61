import t from 'tap'
import type { Lease, LeaseEnd } from '../../src/delivery/lease.ts'
import { answerOf, leaseMs, startWorld, type World } from './world.ts'

interface Ending {
  /** Brings it about. */
  happen(world: World, lease: Lease): unknown
  /** The word that the source is told; none when absent. */
  readonly told?: 'acknowledged' | 'released'
  /** Whether the client of the lease is absent. */
  readonly absent?: true
}

const endings: Record<LeaseEnd, Ending> = {
  acknowledged: { happen: ({ mailboxes }) => mailboxes.acknowledgeIds('alice', new Set(['k1'])), told: 'acknowledged' },
  'sent-on': { happen: (_, lease) => lease.forwarded(), told: 'acknowledged' },
  released: { happen: ({ mailboxes }) => mailboxes.releaseAll(), told: 'released' },
  outdated: { happen: ({ clock }) => clock.pass(20_050), told: 'acknowledged', absent: true },
  expired: { happen: ({ clock }) => clock.pass(leaseMs + 50) },
  'let-go': { happen: ({ mailboxes }, lease) => mailboxes.keep(lease), absent: true },
}

for (const [end, { happen, told, absent }] of Object.entries(endings)) {
  t.test(`a lease that ends ${end} ends once, for good, and leaves nothing behind`, async (t) => {
    const world = startWorld({ maxLeasedBytes: 40_000 })
    const lease = world.lease('k1', end === 'outdated' ? { expiresInMs: 20_000 } : {})
    if (absent) world.mailboxes.offer([world.lease('b1', { addressee: 'bob', body: 'x'.repeat(5_000) }), lease])
    else {
      const asked = await world.held({ ack: 'next' })
      world.mailboxes.offer([lease])
      answerOf(asked).handover.written()
    }
    t.equal(lease.end, null)
    happen(world, lease)
    t.equal(lease.end, end)
    t.strictSame(world.ended, told ? [['k1', told]] : [])
    for (const again of Object.values(endings)) again.happen(world, lease)
    t.equal(lease.end, end)
    t.equal(world.ended.filter(([key]) => key === 'k1').length, told ? 1 : 0)
    t.equal(world.mailboxes.leasedMemory.bytes, 0)
    world.isEmpty(t)
  })
}

t.test(
  'a lease for an absent client is kept for its whole time and handed over the moment the client polls',
  async (t) => {
    const world = startWorld()
    world.mailboxes.offer([world.lease('k1'), world.lease('k2')])
    world.clock.pass(leaseMs / 2)
    t.strictSame(answerOf(await world.held()).ids, ['k1', 'k2'])
    world.isEmpty(t)
  },
)

t.test('a lease that has ended already is not taken', async (t) => {
  const world = startWorld()
  const lease = world.lease('k1')
  world.clock.pass(leaseMs)
  t.strictSame(world.mailboxes.offer([lease]), [])
  t.equal(world.mailboxes.clients.size, 0)
})

t.test('a lease with too little time left for its acknowledgement is not handed over any more', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1')])
  world.clock.pass(leaseMs - 1_299)
  const asked = await world.held()
  t.equal(asked.end, null)
  world.mailboxes.offer([world.lease('k1')])
  t.strictSame(answerOf(asked).ids, ['k1'], 'shown again it is')
  world.isEmpty(t)
})

t.test('after a pause of the process no lease that has ended is handed over', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1')])
  await world.held({ waitMs: 0 }).then((asked) => asked.end?.kind === 'answered' && answerOf(asked).handover.failed())
  world.clock.jump(leaseMs + 10_000)
  // A request is read before any timer is called.
  const asked = world.hold()
  t.equal(asked.end, null)
  world.clock.pass(0)
  t.equal(world.mailboxes.leasedMemory.bytes, 0)
  world.isEmpty(t)
})

t.test('a notification that is shown again while it is here counts by its newer receipt', async (t) => {
  const world = startWorld()
  const first = world.lease('k1')
  t.strictSame(world.mailboxes.offer([first]), [first])
  world.clock.pass(leaseMs - 20)
  const again = world.lease('k1')
  again.receipt = 'newer'
  again.deliveryCount = 2
  t.equal(world.mailboxes.offer([again])[0], first, 'the lease that is held stays the one')
  world.clock.pass(1_000)
  t.equal(first.end, null, 'and lasts longer')
  const { handover } = answerOf(await world.held())
  t.strictSame(handover.leases, [first])
  t.equal(JSON.parse(handover.json).deliveryCount, 2)
  t.equal(first.receipt, 'newer')
  world.isEmpty(t)
})
