import t from 'tap'
import type { Bounds } from '../../../src/delivery/bounds.ts'
import type { Peer } from '../../../src/delivery/peers/directory.ts'
import { Forwarding } from '../../../src/delivery/peers/forwarding.ts'
import { answerOf, leaseMs, settled, startWorld } from '../world.ts'

function start(bounds: Partial<Bounds> = {}) {
  const world = startWorld(bounds)
  const sent: [string, string, number][] = []
  const limits: number[] = []
  const forwards: [string, unknown][] = []
  const outside = {
    peer: { id: 'b2', queueUrl: 'queue of b2', address: '', relayKey: '' } as Peer | null,
    /** Set to let look-ups or sendings wait, or fail. */
    find: async () => {},
    send: async () => {},
  }
  const delivery = new Forwarding({
    mailboxes: world.mailboxes,
    directory: {
      async find() {
        await outside.find()
        return outside.peer
      },
    },
    forwarder: {
      async send(queueUrl, { id }, hops, withinMs) {
        limits.push(withinMs)
        await outside.send()
        sent.push([queueUrl, id, hops])
      },
    },
    onForward: ({ key }, error) => forwards.push([key, error]),
  })
  return { world, delivery, outside, sent, limits, forwards }
}

t.test('a notification for a client that is held is handed over without any look-up', async (t) => {
  const { world, delivery, outside, sent } = start()
  outside.find = async () => void t.fail('it is here')
  const asked = await world.held()
  delivery.offer([world.lease('k1'), world.lease('k2')])
  t.strictSame(answerOf(asked).ids, ['k1', 'k2'])
  await delivery.settled()
  t.strictSame(sent, [])
  world.isEmpty(t)
})

t.test(
  'a notification for a client at another instance is sent there with one hop more, and then deleted here',
  async (t) => {
    const { world, delivery, sent, forwards } = start()
    delivery.offer([world.lease('k1', { hops: 1 })])
    t.strictSame(world.ended, [])
    await delivery.settled()
    t.strictSame(sent, [['queue of b2', 'k1', 2]])
    t.strictSame(world.ended, [['k1', 'acknowledged']])
    t.strictSame(forwards, [['k1', null]])
    world.isEmpty(t)
  },
)

t.test('sending on is not tried for longer than the lease lasts', async (t) => {
  const { world, delivery, limits } = start()
  delivery.offer([world.lease('k1')])
  await delivery.settled()
  t.strictSame(limits, [leaseMs])
  world.isEmpty(t)
})

t.test('a notification that was sent on three times is kept as for an absent client', async (t) => {
  const { world, delivery, sent } = start()
  delivery.offer([world.lease('k1', { hops: 3 })])
  await delivery.settled()
  t.strictSame(sent, [])
  t.strictSame(answerOf(await world.held()).ids, ['k1'])
  world.isEmpty(t)
})

t.test(
  'a notification whose addressee is nowhere, or cannot be looked up, is kept and handed over when the addressee polls',
  async (t) => {
    for (const trouble of ['nowhere', 'unknown', 'here'] as const) {
      const { world, delivery, outside, sent } = start()
      if (trouble === 'nowhere') outside.peer = null
      if (trouble === 'here') outside.peer = { id: 'a1', queueUrl: 'queue of a1', address: '', relayKey: '' }
      if (trouble === 'unknown') outside.find = () => Promise.reject(new Error('no database'))
      delivery.offer([world.lease('k1')])
      await delivery.settled()
      t.strictSame([sent, world.ended], [[], []], trouble)
      t.strictSame(answerOf(await world.held()).ids, ['k1'], trouble)
      world.isEmpty(t)
    }
  },
)

t.test('a poll that comes during the look-up gets the notification, which is then not sent on', async (t) => {
  const { world, delivery, outside, sent } = start()
  const { promise, resolve } = Promise.withResolvers<void>()
  outside.find = () => promise
  delivery.offer([world.lease('k1')])
  t.strictSame(answerOf(await world.held()).ids, ['k1'])
  resolve()
  await delivery.settled()
  t.strictSame(sent, [])
  world.isEmpty(t)
})

t.test(
  'a notification is handed to nobody while it is being sent on, and to a held poll when that fails',
  async (t) => {
    const { world, delivery, outside, forwards } = start()
    const { promise, reject } = Promise.withResolvers<void>()
    outside.send = () => promise
    delivery.offer([world.lease('k1')])
    await settled()
    const asked = await world.held()
    t.equal(asked.end, null)
    const error = new Error('no answer')
    reject(error)
    await delivery.settled()
    t.strictSame(answerOf(asked).ids, ['k1'])
    t.strictSame(forwards, [['k1', error]])
    t.strictSame(world.ended, [])
    world.isEmpty(t)
  },
)

t.test('a lease that ends during the look-up, or that ends too soon, is not sent on', async (t) => {
  for (const ms of [leaseMs + 100, leaseMs - 500]) {
    const { world, delivery, outside, sent } = start()
    const { promise, resolve } = Promise.withResolvers<void>()
    outside.find = () => promise
    delivery.offer([world.lease('k1')])
    world.clock.pass(ms)
    resolve()
    await delivery.settled()
    t.strictSame(sent, [])
    world.isEmpty(t)
  }
})

t.test('a lease that ends while it is being sent on leaves nothing behind', async (t) => {
  for (const fails of [false, true]) {
    const { world, delivery, outside } = start()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    outside.send = () => promise
    delivery.offer([world.lease('k1')])
    await settled()
    world.clock.pass(leaseMs + 100)
    if (fails) reject(new Error('too late'))
    else resolve()
    await delivery.settled()
    t.strictSame(world.ended, [])
    world.isEmpty(t)
  }
})

t.test('the notifications of a client that has moved follow it', async (t) => {
  const { world, delivery, sent } = start()
  const asked = await world.held({ ack: 'next', limit: 1 })
  world.mailboxes.offer([world.lease('k1'), world.lease('k2')])
  delivery.moved('alice', [answerOf(asked).handover.cursor])
  await delivery.settled()
  t.strictSame(sent, [['queue of b2', 'k2', 1]])
  t.strictSame(world.ended, [
    ['k1', 'acknowledged'],
    ['k2', 'acknowledged'],
  ])
  delivery.moved('nobody')
  await delivery.settled()
  world.isEmpty(t)
})

t.test(
  'a message that is shown again while its old lease is here is sent on once and deleted by its newer receipt',
  async (t) => {
    const { world, delivery, outside, sent } = start()
    outside.peer = null
    const receipts: unknown[] = []
    const source = { ...world.source, acknowledge: ({ receipt }: { receipt: unknown }) => void receipts.push(receipt) }
    delivery.offer([world.lease('k1', { source })])
    await delivery.settled()
    outside.peer = { id: 'b2', queueUrl: 'queue of b2', address: '', relayKey: '' }
    world.clock.pass(leaseMs - 10)
    const again = world.lease('k1', { source })
    again.receipt = 'newer'
    delivery.offer([again])
    await delivery.settled()
    t.equal(sent.length, 1)
    t.strictSame(receipts, ['newer'])
    world.isEmpty(t)
  },
)

t.test(
  'a flood for absent clients keeps no more than their share, and delays neither clients here nor elsewhere',
  async (t) => {
    const { world, delivery, outside, sent } = start({ maxLeasedBytes: 8 * 1_048_576, maxHeldPolls: 1_000 })
    const { leasedMemory, heldBack } = world.mailboxes
    outside.peer = null
    const body = 'x'.repeat(10_000)
    const flood = async () => {
      for (let i = 0; i < 250; i++) {
        delivery.offer(
          Array.from({ length: 10 }, (_, j) => world.lease(`${i}-${j}`, { addressee: `absent ${i % 5}`, body })),
        )
        if (i % 10 === 0) await delivery.settled()
      }
      await delivery.settled()
    }
    await flood()
    t.ok(leasedMemory.bytes <= leasedMemory.absentShare, `${leasedMemory.bytes} bytes are kept`)
    t.ok(leasedMemory.bytes > leasedMemory.absentShare / 2, 'which is most of what there is for them')
    t.equal(heldBack.clients, 5)
    t.strictSame(world.ended, [], 'and the source is told nothing: it shows the others again by itself')
    const asked = await world.held()
    delivery.offer([world.lease('for alice')])
    t.strictSame(answerOf(asked).ids, ['for alice'])
    outside.peer = { id: 'b2', queueUrl: 'queue of b2', address: '', relayKey: '' }
    delivery.offer([world.lease('for bob', { addressee: 'bob', body })])
    await delivery.settled()
    t.strictSame(sent, [['queue of b2', 'for bob', 1]])
    const late = answerOf(await world.held({ clientId: 'absent 1' }))
    t.ok(late.ids.length > 0, 'and what is kept is handed over when its client comes')
    world.isEmpty(t)
  },
)

t.test('leases whose look-up takes long take a bounded part of the memory', async (t) => {
  const { world, delivery, outside } = start({ maxLeasedBytes: 8 * 1_048_576 })
  let answer = () => {}
  const looked = new Promise<void>((resolve) => {
    answer = resolve
  })
  outside.find = () => looked
  outside.peer = null
  const body = 'x'.repeat(10_000)
  const { leasedMemory } = world.mailboxes
  for (let i = 0; i < 1_000; i++) delivery.offer([world.lease(`k${i}`, { addressee: `absent ${i}`, body })])
  t.ok(leasedMemory.bytes <= leasedMemory.transitShare * 1.1, 'with their mailboxes')
  const held = [...Array(3)].map((_, i) => world.lease(`k${i}`, { addressee: `absent ${i}`, body }))
  for (const lease of held) lease.receipt = 'newer'
  t.equal(world.mailboxes.leasesOf('absent 0')?.list()[0]?.receipt, 'receipt of k0')
  delivery.offer(held)
  t.equal(world.mailboxes.leasesOf('absent 0')?.list()[0]?.receipt, 'newer', 'the newer receipt is taken all the same')
  answer()
  await delivery.settled()
  world.isEmpty(t)
})
