import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { purge } from '../../../src/adapters/postgres/purge.ts'
import { createReceipts, type NotedState } from '../../../src/adapters/postgres/receipts.ts'
import type { Publication } from '../../../src/delivery/intake/publishing.ts'
import type { ReceiptState } from '../../../src/delivery/receipt.ts'
import { openGatewayStore } from '../../support/gateway.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)

async function world(t: Owner) {
  const store = await openGatewayStore(server, t)
  const receipts = createReceipts({ pool: store.pool, clock: systemClock })
  const { find, acknowledgedAmong } = receipts
  const nothing = { id: null, encoding: null, contentType: null, correlationId: null, sentAt: null } as const
  /** Publishes for alice, and asks for a receipt unless told otherwise; resolves with the key of the row. */
  const publish = async (id: string | null, more: Partial<Publication> = {}): Promise<string> => {
    const publication = { ...nothing, id, addressee: 'alice', subject: 's', body: 'b', ttlSeconds: 3600 }
    const outcome = await store.publishing.insert({ ...publication, receipt: { to: null }, ...more })
    return outcome.kind === 'stored' ? outcome.row.key : outcome.kind
  }
  const isAcknowledged = async (id: string) => (await acknowledgedAmong([{ addressee: 'alice', id }])).length === 1
  /** Notes a state of a notification for alice that came through a queue. */
  const record = (id: string, state: ReceiptState, more: Partial<NotedState> = {}) =>
    receipts.record({ addressee: 'alice', id, state, by: null, deliveryCount: 1, to: null, ...more })
  return {
    ...store,
    ...{ receipts, find, record },
    publish,
    receiptOf: (id: string) => find('alice', id),
    isAcknowledged,
  }
}

t.test('a receipt tells pending, handed over and acknowledged apart', async (t) => {
  const { publish, pending, receiptOf } = await world(t)
  const key = await publish('order-42 ü')
  const first = await receiptOf('order-42 ü')
  t.match(first, { id: 'order-42 ü', addressee: 'alice', state: 'pending', deliveryCount: 0, by: null })
  await pending.readPage('alice')
  t.match(await receiptOf('order-42 ü'), { state: 'pending', deliveryCount: 1 }, 'to be read is not to be handed over')
  await pending.noteHandedOver(key)
  const handedOver = await receiptOf('order-42 ü')
  t.match(handedOver, { state: 'handed-over', deliveryCount: 1, by: null })
  await pending.noteHandedOver(key)
  t.same(await receiptOf('order-42 ü'), handedOver, 'the first time counts')
  await pending.end({ key, by: 'client', deliveryCount: 2 })
  const acknowledged = await receiptOf('order-42 ü')
  t.match(acknowledged, { state: 'acknowledged', deliveryCount: 2, by: 'client' })
  t.ok(Number(acknowledged?.since) >= Number(handedOver?.since))
  await pending.end({ key, by: 'grace', deliveryCount: 3 })
  t.same(await receiptOf('order-42 ü'), acknowledged, 'an acknowledgement that is told again changes nothing')
})

t.test('a notification without an id of its publisher is found by the id of its row', async (t) => {
  const { publish, pending, receiptOf } = await world(t)
  const key = await publish(null)
  t.match(await receiptOf(key), { id: key, state: 'pending' })
  await pending.end({ key, by: 'grace', deliveryCount: 1 })
  t.match(await receiptOf(key), { id: key, state: 'acknowledged', by: 'grace' })
})

t.test('a notification without a receipt is known while it is pending, and leaves nothing', async (t) => {
  const { publish, pending, pool, receiptOf, find, hoursPass, count } = await world(t)
  const key = await publish('plain', { receipt: null })
  t.match(await receiptOf('plain'), { state: 'pending' })
  t.equal(await find('bob', 'plain'), null, 'an id is an id of its addressee')
  await pending.remove(key)
  t.equal(await receiptOf('plain'), null)
  await publish('late', { receipt: null })
  await hoursPass(2)
  t.equal(await receiptOf('late'), null, 'it has expired')
  await purge(pool, 100)
  t.equal(await count('receipts'), 0)
})

t.test('an expired notification says so before and after it is removed', async (t) => {
  const { publish, pool, receiptOf, hoursPass } = await world(t)
  await publish('late')
  await hoursPass(2)
  const before = await receiptOf('late')
  t.match(before, { state: 'expired', by: null })
  t.equal((await purge(pool, 100)).expired.length, 1)
  t.same(await receiptOf('late'), before)
})

t.test('a notification that was handed over before it expired may still be acknowledged', async (t) => {
  const { publish, pending, receiptOf, hoursPass } = await world(t)
  const key = await publish('late')
  await pending.noteHandedOver(key)
  await hoursPass(2)
  t.match(await receiptOf('late'), { state: 'handed-over', by: null })
  await pending.end({ key, by: 'client', deliveryCount: 1 })
  t.match(await receiptOf('late'), { state: 'acknowledged', by: 'client' })
})

t.test('a notification that expires while it is leased says so', async (t) => {
  const { publish, pending, receiptOf } = await world(t)
  await pending.end({ key: await publish('late'), by: null, deliveryCount: 1 })
  t.match(await receiptOf('late'), { state: 'expired', by: null, deliveryCount: 1 })
})

t.test('a receipt is forgotten when its time is over, a bounded number at a time', async (t) => {
  const { publish, pending, pool, receiptOf, count } = await world(t)
  for (let i = 0; i < 5; i++) await pending.end({ key: await publish(`${i}`), by: 'client', deliveryCount: 1 })
  t.equal((await purge(pool, 3)).receipts, 0)
  await pool.query((sql, { receipts }) => sql`update ${receipts} set expires_at = now()`)
  t.equal(await receiptOf('0'), null)
  t.equal((await purge(pool, 3)).receipts, 3)
  t.equal((await purge(pool, 3)).receipts, 2)
  t.equal(await count('receipts'), 0)
})

t.test('a notification whose id was used before has a receipt of its own', async (t) => {
  const { publish, pending, pool, receiptOf, isAcknowledged, hoursPass } = await world(t)
  await pending.end({ key: await publish('again'), by: 'client', deliveryCount: 1 })
  t.ok(await isAcknowledged('again'))
  t.equal(await publish('again'), 'duplicate', 'a repeat within a day')
  t.match(await receiptOf('again'), { state: 'acknowledged' })
  await hoursPass(25)
  await pool.query((sql, { receipts }) => sql`update ${receipts} set expires_at = now() + interval '1 day'`)
  await publish('again', { ttlSeconds: 60 })
  t.match(await receiptOf('again'), { state: 'pending' })
  t.notOk(await isAcknowledged('again'), 'the acknowledgement is that of the earlier notification')
  await pool.query((sql, { receipts }) => sql`update ${receipts} set expires_at = now()`)
  await hoursPass(1)
  t.match(await purge(pool, 100), { expired: [{}], receipts: 0 }, 'a receipt is not written and removed at once')
  t.match(await receiptOf('again'), { state: 'expired' })
})

t.test('instances that end the same rows at once write each receipt once', async (t) => {
  const { publish, pending, pool, count, database } = await world(t)
  const other = await openGatewayStore(server, t, { database })
  const keys = await Promise.all(Array.from({ length: 40 }, (_, i) => publish(`${i}`)))
  await Promise.all([
    ...keys.map((key) => pending.end({ key, by: 'client', deliveryCount: 1 })),
    ...keys.toReversed().map((key) => other.pending.end({ key, by: 'grace', deliveryCount: 1 })),
    ...keys.map((key) => other.pending.noteHandedOver(key)),
  ])
  t.equal(await count('receipts'), 40)
  t.equal(await count('pending_notifications'), 0)
  t.equal((await purge(pool, 100)).receipts, 0)
})

t.test('the states of a message come in few statements, and an earlier state never replaces a later one', async (t) => {
  const { record, pool, receiptOf } = await world(t)
  const ids = Array.from({ length: 50 }, (_, i) => `message ${i}`)
  await Promise.all(
    ids.flatMap((id) => [
      record(id, 'pending'),
      record(id, 'handed-over', { deliveryCount: 2 }),
      record(id, 'acknowledged', { by: 'client', deliveryCount: 2 }),
      record(id, 'pending'),
    ]),
  )
  for (const id of ids) t.match(await receiptOf(id), { state: 'acknowledged', by: 'client', deliveryCount: 2 })
  const { count } = pool.statements['record receipts'].seconds
  t.ok(count <= 8, `${count} statements`)
  // A text that PostgreSQL cannot take fails alone.
  const [odd, sound] = await Promise.allSettled([record('\u0000', 'pending'), record('sound', 'pending')])
  t.match([odd, sound], [{ status: 'rejected' }, { status: 'fulfilled' }])
})

t.test('a message that was acknowledged, and is stored because its delete was lost, does not expire', async (t) => {
  const { record, publish, pool, receiptOf, hoursPass } = await world(t)
  const sentAt = new Date(Date.now() - 60_000).toISOString()
  await record('first', 'acknowledged', { by: 'client', to: 'orders' })
  const first = await receiptOf('first')
  await publish('first', { sentAt, receipt: { to: 'orders' } })
  await hoursPass(2)
  t.equal((await purge(pool, 100)).expired.length, 1)
  t.match(await receiptOf('first'), { state: 'acknowledged', by: 'client', deliveryCount: first?.deliveryCount })
})

t.test('a message whose id was used before a day ago has a receipt of its own', async (t) => {
  const { record, pool, receiptOf, hoursPass } = await world(t)
  await record('again', 'acknowledged', { by: 'client', deliveryCount: 3 })
  await record('again', 'expired')
  t.match(await receiptOf('again'), { state: 'acknowledged' })
  await hoursPass(25)
  await pool.query((sql, { receipts }) => sql`update ${receipts} set expires_at = now() + interval '1 day'`)
  await record('again', 'pending')
  t.match(await receiptOf('again'), { state: 'pending', by: null, deliveryCount: 1 })
})

t.test('a notification that repeats the time of an earlier one has a receipt of its own after a day', async (t) => {
  const { publish, pending, pool, receiptOf, hoursPass } = await world(t)
  const sentAt = new Date(Date.now() - 26 * 3_600_000).toISOString()
  await pending.end({ key: await publish('event', { sentAt }), by: 'client', deliveryCount: 1 })
  await hoursPass(25)
  await pool.query((sql, { receipts }) => sql`update ${receipts} set expires_at = now() + interval '1 day'`)
  await publish('event', { sentAt, ttlSeconds: 60 })
  await hoursPass(1)
  t.equal((await purge(pool, 100)).expired.length, 1)
  t.match(await receiptOf('event'), { state: 'expired', by: null })
})

t.test('events are taken of the named queues alone, and each once', async (t) => {
  const { record, receipts } = await world(t)
  const events = Array.from({ length: 24 }, (_, i) => `away ${i}`)
  await Promise.all(events.map((id) => record(id, 'acknowledged', { by: 'client', to: 'away' })))
  await record('here', 'acknowledged', { by: 'client', to: 'here' })
  t.match(await receipts.take({ names: ['here'], limit: 10 }), [{ id: 'here', to: 'here' }])
  const names = ['here', 'away', 'other']
  const taken = []
  for (const count of [10, 10, 4, 0]) {
    const some = await receipts.take({ names, limit: 10 })
    t.equal(some.length, count)
    taken.push(...some)
  }
  t.same(taken.map(({ id }) => id).sort(), events.toSorted())
})
