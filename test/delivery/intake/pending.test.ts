import t from 'tap'
import { PendingLeases } from '../../../src/delivery/intake/pending.ts'
import type { PendingRow } from '../../../src/delivery/ports.ts'
import type { AcknowledgedBy } from '../../../src/delivery/receipt.ts'
import { answerOf, graceMs, leaseMs, notificationFor, settled, startWorld } from '../world.ts'

/** The client has just polled, so that it is here. */
async function start() {
  const world = startWorld()
  const removals: { key: string; resolve(): void; reject(error: unknown): void }[] = []
  const readings: { resolve(rows: PendingRow[]): void; reject(error: unknown): void }[] = []
  const ends: { key: string; by: AcknowledgedBy | null; deliveryCount: number }[] = []
  const notedHandedOver: string[] = []
  const looks: { resolve(isStored: boolean): void; reject(error: unknown): void }[] = []
  const store = {
    readPage: () =>
      new Promise<PendingRow[]>((resolve, reject) => readings.push({ resolve, reject })).then((rows) => ({
        rows,
        more: false,
      })),
    remove: (key: string) => new Promise<void>((resolve, reject) => removals.push({ key, resolve, reject })),
    async end(row: { key: string; by: AcknowledgedBy | null; deliveryCount: number }) {
      ends.push(row)
    },
    async noteHandedOver(key: string) {
      notedHandedOver.push(key)
    },
    isStored: () => new Promise<boolean>((resolve, reject) => looks.push({ resolve, reject })),
  }
  const leases = new PendingLeases(world.clock, store, leaseMs)
  const { mailboxes } = world
  /** The leases, offered as the service does. */
  const pending = {
    offer: (rows: readonly PendingRow[]) => mailboxes.offer(leases.lease(rows)),
    read: async (clientId: string) => mailboxes.offer(await leases.read(clientId)),
    offerIfStored: async (stored: PendingRow) => mailboxes.offer(await leases.leaseIfStored(stored)),
    answered: () => leases.answered(),
    close: () => leases.close(),
    get outstanding() {
      return leases.outstanding
    },
  }
  t.teardown(() => pending.close())
  await world.held({ waitMs: 0 })
  return { world, pending, removals, ends, notedHandedOver, readings, looks }
}

function row(key: string): PendingRow {
  return { key, notification: notificationFor('alice', { id: key }), deliveryCount: 1 }
}

t.test(
  'the store is told of a row whose sender asked for a receipt: of its response, and who acknowledged it',
  async (t) => {
    const { world, pending, removals, ends, notedHandedOver } = await start()
    const asking = (key: string): PendingRow => ({
      key,
      notification: { ...notificationFor('alice', { id: key }), receipt: { to: null } },
      deliveryCount: 3,
    })
    const first = await world.held()
    pending.offer([asking('r1'), row('r2')])
    const auto = answerOf(first)
    t.same(notedHandedOver, [], 'it is not handed over before its response has left')
    auto.handover.written()
    t.same(notedHandedOver, ['r1'], 'a row without a receipt costs nothing')
    world.clock.pass(graceMs + 150)
    t.same(ends, [{ key: 'r1', by: 'grace', deliveryCount: 3 }])
    const second = await world.held({ ack: 'next' })
    pending.offer([asking('r3')])
    const { handover } = answerOf(second)
    handover.written()
    world.clock.pass(graceMs + 150)
    t.equal(ends.length, 1, 'handed over is not acknowledged')
    world.mailboxes.acknowledgeCursor('alice', handover.cursor)
    t.same(ends.slice(1), [{ key: 'r3', by: 'client', deliveryCount: 3 }])
    t.same(
      removals.map(({ key }) => key),
      ['r2'],
    )
  },
)

t.test('a stored notification is handed over, and deleted when it is acknowledged', async (t) => {
  const { world, pending, removals, readings } = await start()
  const asked = await world.held()
  void pending.read('alice')
  readings[0]?.resolve([row('r1'), row('r2')])
  await settled()
  const { ids, handover } = answerOf(asked)
  t.strictSame(ids, ['r1', 'r2'])
  handover.written()
  t.strictSame(removals, [])
  world.clock.pass(graceMs + 150)
  t.strictSame(
    removals.map(({ key }) => key),
    ['r1', 'r2'],
  )
  for (const { resolve } of removals) resolve()
  await settled()
  t.equal(pending.outstanding, 0)
  world.isEmpty(t)
})

t.test('a row is leased once, however often it is read', async (t) => {
  const { world, pending } = await start()
  pending.offer([row('r1')])
  const { bytes } = world.mailboxes.leasedMemory
  pending.offer([row('r1')])
  t.equal(world.mailboxes.leasedMemory.bytes, bytes)
  t.strictSame(answerOf(await world.held()).ids, ['r1'])
  pending.offer([row('r1')])
  t.equal((await world.held()).end, null, 'not in its grace either')
  world.isEmpty(t)
})

t.test('a reading that began before a deletion and ends after it brings nothing back', async (t) => {
  const { world, pending, removals, readings } = await start()
  pending.offer([row('r1')])
  answerOf(await world.held()).handover.written()
  void pending.read('alice')
  world.clock.pass(graceMs + 150)
  removals[0]?.resolve()
  await settled()
  readings[0]?.resolve([row('r1')])
  await settled()
  t.equal((await world.held()).end, null)
  world.isEmpty(t)
})

t.test('a deletion that fails is tried again, and the row is not handed over meanwhile', async (t) => {
  const { world, pending, removals } = await start()
  pending.offer([row('r1')])
  answerOf(await world.held()).handover.written()
  world.clock.pass(graceMs + 150)
  removals[0]?.reject(new Error('no database'))
  await settled()
  pending.offer([row('r1')])
  t.equal((await world.held()).end, null)
  world.clock.pass(1_000)
  t.equal(removals.length, 2)
  removals[1]?.resolve()
  await settled()
  t.equal(pending.outstanding, 0)
  world.isEmpty(t)
})

t.test('a row whose lease has ended is handed over again when it is read again', async (t) => {
  const { world, pending } = await start()
  pending.offer([row('r1')])
  world.clock.pass(leaseMs + 100)
  await world.held({ waitMs: 0 })
  pending.offer([row('r1')])
  t.strictSame(answerOf(await world.held()).ids, ['r1'])
  world.isEmpty(t)
})

t.test('a reading that fails is no failure, and closing stops the deletions that would be tried again', async (t) => {
  const { world, pending, removals, readings } = await start()
  const reading = pending.read('alice')
  readings[0]?.reject(new Error('no database'))
  await reading
  pending.offer([row('r1')])
  answerOf(await world.held()).handover.written()
  world.clock.pass(graceMs + 150)
  removals[0]?.reject(new Error('no database'))
  await settled()
  pending.close()
  world.isEmpty(t)
  t.equal(removals.length, 1)
})

t.test('rows that were read for a client which has left meanwhile are not leased', async (t) => {
  const { world, pending, readings } = await start()
  void pending.read('alice')
  world.mailboxes.clientMoved('alice', [])
  readings[0]?.resolve([row('r1')])
  await settled()
  t.equal(world.mailboxes.leasedMemory.bytes, 0, 'they are read where it is now')
  t.equal((await world.held()).end, null)
  world.isEmpty(t)
})

t.test(
  'a row that this instance hears of late is leased if it is still stored and its client is still here',
  async (t) => {
    const { world, pending, looks } = await start()
    void pending.offerIfStored(row('delivered elsewhere'))
    void pending.offerIfStored(row('waits'))
    void pending.offerIfStored(row('unknown'))
    looks[0]?.resolve(false)
    looks[1]?.resolve(true)
    looks[2]?.reject(new Error('no database'))
    await settled()
    t.strictSame(answerOf(await world.held()).ids, ['waits'])
    void pending.offerIfStored(row('too late'))
    world.mailboxes.clientMoved('alice', [])
    looks[3]?.resolve(true)
    await settled()
    t.equal((await world.held()).end, null)
    world.isEmpty(t)
  },
)

t.test('waiting for deletions waits for those in flight, and for no retry', async (t) => {
  const { world, pending, removals } = await start()
  await pending.answered()
  pending.offer([row('r1'), row('r2')])
  answerOf(await world.held()).handover.written()
  world.clock.pass(graceMs + 150)
  let answered = false
  void pending.answered().then(() => {
    answered = true
  })
  removals[0]?.resolve()
  await settled()
  t.equal(answered, false)
  removals[1]?.reject(new Error('no database'))
  await settled()
  t.equal(answered, true)
  t.equal(pending.outstanding, 1, 'it is tried again')
  pending.close()
})
