import { randomUUID } from 'node:crypto'
import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { createInstances } from '../../../src/adapters/postgres/instances.ts'
import { claimExpired, purge } from '../../../src/adapters/postgres/purge.ts'
import type { Publication } from '../../../src/delivery/intake/publishing.ts'
import type { PendingRow } from '../../../src/delivery/ports.ts'
import { openGatewayStore } from '../../support/gateway.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)

async function world(t: Owner, options: Parameters<typeof openGatewayStore>[2] = {}) {
  const store = await openGatewayStore(server, t, options)
  const nothing = { id: null, encoding: null, contentType: null, correlationId: null, sentAt: null } as const
  const publish = async (addressee: string, body: string, more: Partial<Publication> = {}) =>
    store.publishing.insert({ ...nothing, addressee, subject: 's', body, ttlSeconds: 3600, ...more })
  return { ...store, publish }
}

const bodies = (rows: readonly PendingRow[]) => rows.map(({ notification }) => notification.body)

t.test('bytes and the moment of sending are stored, whatever the moment of storing', async (t) => {
  const { publish, pending } = await world(t)
  const sent = [null, '2001-09-09T01:46:40.123Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']
  const base64 = Buffer.from([0, 0xff, 0xfe]).toString('base64')
  const stored = []
  for (const sentAt of sent) stored.push(await publish('alice', base64, { encoding: 'base64', sentAt }))
  const { rows } = await pending.readPage('alice')
  t.same(
    rows.map(({ notification }) => notification),
    stored.map((outcome) => outcome.kind === 'stored' && outcome.row.notification),
    'as it was handed over at once',
  )
  for (const [i, { notification }] of rows.entries()) {
    t.match(notification, { body: base64, encoding: 'base64', ...(sent[i] ? { sentAt: sent[i] } : {}) })
  }
})

t.test('pending notifications are read oldest first, and each reading counts', async (t) => {
  const { publish, pending } = await world(t)
  for (let i = 0; i < 5; i++) await publish('alice', `${i}`)
  await publish('bob', 'for bob')
  for (const deliveryCount of [1, 2, 3]) {
    const rows = (await pending.readPage('alice')).rows
    t.same(bodies(rows), ['0', '1', '2', '3', '4'])
    t.same(new Set(rows.map((row) => row.deliveryCount)), new Set([deliveryCount]))
  }
  t.same((await pending.readPage('nobody')).rows, [])
})

t.test(
  'a notification that is stored for a connected client counts its first reading as the second delivery',
  async (t) => {
    const { publish, pending, pool } = await world(t)
    const id = randomUUID()
    const instance = { id, address: 'http://i', queueUrl: 'q', ownsQueue: true, relayKey: 'k' }
    await createInstances({ pool }).register(instance)
    await pool.query((sql) => sql`insert into sessions (client_id, instance_id) values ('alice', ${id})`)
    await publish('alice', 'hello')
    t.equal((await pending.readPage('alice')).rows[0]?.deliveryCount, 2)
  },
)

t.test('a reading is bounded, says that there is more, and gives every client something', async (t) => {
  const { publish, pending } = await world(t, { limit: 3, maxBytes: 3_500 })
  for (let i = 0; i < 4; i++) await publish('alice', `${i}`)
  for (let i = 0; i < 3; i++) await publish('bob', 'x'.repeat(1_000))
  for (let i = 0; i < 3; i++) await publish('carol', 'small')
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((one) => pending.readPage(one)))
  t.same([bodies(alice?.rows ?? []), alice?.more], [['0', '1', '2'], true])
  t.same([bob?.rows.length, bob?.more], [3, false])
  t.same([carol?.rows.length, carol?.more], [3, false])
  for (let i = 0; i < 3; i++) await publish('carol', 'x'.repeat(2_000))
  for (let i = 0; i < 3; i++) await publish('dora', 'x'.repeat(5_000))
  const dora = await pending.readPage('dora')
  t.same([dora.rows.length, dora.more], [1, true], 'one is read however large it is')
  const both = await Promise.all(['dora', 'bob'].map((one) => pending.readPage(one)))
  t.same(
    both.map(({ rows, more }) => [rows.length, more]),
    [
      [1, true],
      [1, true],
    ],
  )
})

t.test('a notification that was removed is not read again, and removing it twice does no harm', async (t) => {
  const { publish, pending } = await world(t)
  for (let i = 0; i < 50; i++) await publish('alice', `${i}`)
  const rows = (await pending.readPage('alice')).rows
  await Promise.all(rows.slice(10).flatMap(({ key }) => [pending.remove(key), pending.remove(key)]))
  t.equal((await pending.readPage('alice')).rows.length, 10)
  await pending.remove(randomUUID())
})

t.test('readings and removals of the same rows at once all come to an end', async (t) => {
  const { publish, pending } = await world(t)
  for (let i = 0; i < 40; i++) await publish('alice', `${i}`)
  const keys = (await pending.readPage('alice')).rows.map(({ key }) => key)
  const work = Array.from({ length: 20 }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, i))
    await Promise.all([
      pending.readKeys(keys),
      pending.readPage('alice').then(({ rows }) => rows),
      ...keys.slice(i).map((key) => pending.remove(key)),
    ])
  })
  await Promise.all(work)
  t.same((await pending.readPage('alice')).rows, [])
})

t.test('the sweep finds the notifications for clients of its instance, and reads only those', async (t) => {
  const { publish, pending, pool } = await world(t)
  const [here, there] = [randomUUID(), randomUUID()]
  for (const id of [here, there]) {
    await createInstances({ pool }).register({ id, address: 'http://i', queueUrl: 'q', ownsQueue: true, relayKey: 'k' })
  }
  for (const [client, id] of [
    ['alice', here],
    ['bob', here],
    ['carol', there],
  ] as const) {
    await pool.query((sql) => sql`insert into sessions (client_id, instance_id) values (${client}, ${id})`)
    for (let i = 0; i < 3; i++) await publish(client, `${client} ${i}`)
  }
  await publish('nobody', 'at no instance')
  const found: { key: string; clientId: string }[] = []
  for (let after: string | null = null; ; ) {
    const page = await pending.waitingAt(here, { after, limit: 4, except: [] })
    found.push(...page)
    if (page.length < 4) break
    after = page.at(-1)?.key ?? null
  }
  t.equal(new Set(found.map(({ key }) => key)).size, 6)
  t.same(new Set(found.map(({ clientId }) => clientId)), new Set(['alice', 'bob']))
  const some = found.filter(({ clientId }) => clientId === 'alice').map(({ key }) => key)
  const rows = await pending.readKeys([...some, randomUUID()])
  t.same(bodies(rows), ['alice 0', 'alice 1', 'alice 2'])
  t.equal(rows[0]?.deliveryCount, 2)
  t.same(await pending.readKeys([]), [])
})

t.test('the sweep does not read the notifications of clients that are not here', async (t) => {
  const { pending, pool } = await world(t)
  const id = randomUUID()
  await createInstances({ pool }).register({ id, address: 'http://i', queueUrl: 'q', ownsQueue: true, relayKey: 'k' })
  await pool.query(
    (sql) => sql`
      insert into pending_notifications (id, client_id, subject, body, expires_at)
      select gen_random_uuid(), 'client ' || i % 4000, 's', '', now() + interval '1 day' from generate_series(1, 20000) as i`,
  )
  // Of these clients twenty have notifications, five each.
  await pool.query(
    (sql) => sql`
      insert into sessions (client_id, instance_id)
      select 'client ' || i, ${id}::uuid from generate_series(3980, 5979) as i`,
  )
  for (const table of ['pending_notifications', 'sessions']) await pool.query((sql) => sql`analyze ${sql(table)}`)
  const read = async () => {
    const [stat] = await pool.query(
      (sql) => sql<{ scans: number; rows: number }[]>`
        select (seq_scan + idx_scan)::int as scans, (seq_tup_read + idx_tup_fetch)::int as rows
        from pg_stat_user_tables where relname = 'pending_notifications'`,
    )
    return stat ?? { scans: 0, rows: 0 }
  }
  const before = await read()
  let sweeps = 0
  // A connection reports its counts with a statement that comes a second after its last report.
  await until(async () => {
    sweeps += 1
    t.equal((await pending.waitingAt(id, { after: null, limit: 1_000, except: [] })).length, 100)
    return (await read()).scans > before.scans
  })
  const rows = (await read()).rows - before.rows
  t.ok(rows <= 1_000 * sweeps, `${rows} rows in ${sweeps} sweeps`)
})

t.test('an id is a duplicate for its addressee, pending or not, and never replaces or reaches another', async (t) => {
  const { publish, pending, count } = await world(t)
  const first = await publish('alice', 'first', { id: 'Order-42 😀' })
  if (first.kind !== 'stored') throw new Error(first.kind)
  t.equal(first.row.notification.id, 'Order-42 😀')
  const duplicate = { kind: 'duplicate', id: 'Order-42 😀' }
  t.same(await publish('alice', 'second', { id: 'Order-42 😀' }), duplicate)
  t.equal((await publish('bob', 'for bob', { id: 'Order-42 😀' })).kind, 'stored')
  t.same(bodies((await pending.readPage('alice')).rows), ['first'])
  t.same(bodies((await pending.readPage('bob')).rows), ['for bob'])
  await pending.remove(first.row.key)
  t.same(await publish('alice', 'third', { id: 'Order-42 😀' }), duplicate, 'it was acknowledged')
  t.equal(await count('pending_notifications'), 1)
})

t.test('an id is remembered for 24 hours, and as long as it is pending', async (t) => {
  const { publish, pending, pool, hoursPass } = await world(t)
  const ttlSeconds = 604_800
  await publish('alice', 'one', { id: 'a', ttlSeconds })
  await hoursPass(25)
  t.equal((await purge(pool, 100)).keys, 0)
  t.equal((await publish('alice', 'again', { id: 'a', ttlSeconds })).kind, 'duplicate')
  const [row] = (await pending.readPage('alice')).rows
  await pending.remove(row?.key ?? '')
  const anew = await publish('alice', 'anew', { id: 'a', ttlSeconds })
  t.equal(anew.kind, 'stored')
  t.not(anew.kind === 'stored' && anew.row.key, row?.key, 'it is another row')
  t.equal((await publish('alice', 'and again', { id: 'a', ttlSeconds })).kind, 'duplicate')
})

t.test('exactly one of several publications with one id at once is stored', async (t) => {
  const { publish, count } = await world(t)
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => publish('alice', `${i}`, { id: 'same' })))
  t.same(outcomes.filter(({ kind }) => kind === 'stored').length, 1)
  t.same(outcomes.filter(({ kind }) => kind === 'duplicate').length, 19)
  t.equal(await count('pending_notifications'), 1)
})

t.test('publications past the cap are refused, repeats are not', async (t) => {
  const { publish, count } = await world(t, { cap: 3 })
  for (let i = 0; i < 3; i++) t.equal((await publish('alice', 'x', { id: `${i}` })).kind, 'stored')
  t.equal((await publish('alice', 'x', { id: '3' })).kind, 'full')
  t.equal((await publish('alice', 'x')).kind, 'full')
  t.equal((await publish('alice', 'x', { id: '0' })).kind, 'duplicate')
  t.equal(await count('idempotency_keys'), 3)
})

t.test('an expired notification is neither read nor counted; a bounded number is removed at a time', async (t) => {
  const { publish, pending, pool, hoursPass, register, count } = await world(t, { cap: 5 })
  const url = await register('alice')
  for (let i = 0; i < 5; i++) await publish('alice', `${i}`, { id: `${i}` })
  await hoursPass(2)
  t.same((await pending.readPage('alice')).rows, [])
  t.equal((await publish('alice', 'fits')).kind, 'stored')
  const first = await purge(pool, 3)
  t.equal(first.expired.length, 3)
  t.match(first.expired[0], { id: String, clientId: 'alice', subject: 's', createdAt: Date })
  t.equal((await purge(pool, 3)).expired.length, 2)
  t.same(await purge(pool, 3), {
    expired: [],
    keys: 0,
    registrations: 0,
    tickets: 0,
    receipts: 0,
    unsent: 0,
    more: false,
  })
  await hoursPass(24)
  t.equal((await purge(pool, 100)).keys, 5)
  t.equal(await count('registrations'), 1, `${url} still answers that it is gone`)
  await hoursPass(7 * 24)
  t.equal((await purge(pool, 100)).registrations, 1)
})

t.test('instances that purge at once remove each row once', async (t) => {
  const { publish, pool, hoursPass } = await world(t)
  for (let i = 0; i < 40; i++) await publish('alice', `${i}`)
  await hoursPass(2)
  const purged = await Promise.all(Array.from({ length: 8 }, () => purge(pool, 10)))
  const ids = purged.flatMap(({ expired }) => expired.map(({ id }) => id))
  t.equal(new Set(ids).size, ids.length)
})

t.test(
  'expired notifications can be claimed before they are removed, and only those that were named are',
  async (t) => {
    const { publish, pool, hoursPass, pending } = await world(t)
    for (let i = 0; i < 3; i++) await publish('alice', `${i}`)
    const claim = (afterSeconds = 0) => claimExpired(pool, { limit: 10, afterSeconds })
    t.same(await claim(), [])
    await hoursPass(2)
    t.same(await claim(3_600_000), [], 'later')
    const [first, ...others] = await claim()
    t.match(first, { key: String, notification: { addressee: 'alice', body: String } })
    t.equal(others.length, 2)
    t.equal((await purge(pool, 10, { only: [] })).expired.length, 0)
    t.match((await purge(pool, 10, { only: [first?.key ?? ''] })).expired, [{ id: first?.key, senderExpires: true }])
    t.same(await claim(), [], 'other instances leave them to this one for two minutes')
    const pass = (seconds: number) =>
      pool.query(
        (sql, { pendingNotifications }) =>
          sql`update ${pendingNotifications} set letter_until = letter_until - make_interval(secs => ${seconds}::int)`,
      )
    await pass(60)
    t.same(await claim(), [])
    await pass(60)
    t.equal((await claim()).length, 2)
    t.same((await pending.readPage('alice')).rows, [])
  },
)

t.test('expired notifications are claimed a page at a time, each by one instance', async (t) => {
  const { publish, pool, hoursPass } = await world(t)
  for (let i = 0; i < 40; i++) await publish('alice', `${i}`)
  await hoursPass(2)
  const pages = await Promise.all(Array.from({ length: 6 }, () => claimExpired(pool, { limit: 10, afterSeconds: 0 })))
  const keys = pages.flatMap((page) => page.map(({ key }) => key))
  t.equal(new Set(keys).size, keys.length)
  t.ok(pages.every(({ length }) => length <= 10))
})
