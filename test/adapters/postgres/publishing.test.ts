import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import type { Publication, PublicationOutcome } from '../../../src/delivery/intake/publishing.ts'
import type { Refusal } from '../../../src/delivery/refusal.ts'
import type { Fault } from '../../support/fault-proxy.ts'
import { openGatewayStore } from '../../support/gateway.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'
import { postgresFaultProxy } from '../../support/postgres-fault-proxy.ts'

const server = await sharedPostgres(t)

/** A store, and the faults and the number of its statements. */
async function world(t: Owner, options: { cap?: number } = {}) {
  const database = await server.migratedDatabase()
  const faults: Fault[] = []
  let statements = 0
  const proxy = await postgresFaultProxy({
    targetPort: database.port,
    judge({ name }) {
      if (!name.startsWith('with moment')) return null
      statements += 1
      return faults.shift() ?? null
    },
  })
  t.teardown(() => proxy.close())
  const store = await openGatewayStore(server, t, {
    ...options,
    database: { ...database, host: '127.0.0.1', port: proxy.port },
  })
  const nothing = { id: null, encoding: null, contentType: null, correlationId: null, sentAt: null } as const
  const publish = (addressee: string, body: string, more: Partial<Publication> = {}) =>
    store.publishing.insert({ ...nothing, addressee, subject: 's', body, ttlSeconds: 3_600, ...more })
  const bodies = async (client: string) =>
    (await store.pending.readPage(client)).rows.map(({ notification }) => notification.body)
  return { ...store, publish, bodies, faults, statements: () => statements }
}

const kindOf = (outcome: Promise<PublicationOutcome>) =>
  outcome.then(
    ({ kind }) => kind as string,
    (error: Refusal) => error.code,
  )

t.test('publications that come at once take few statements, and an addressee gets them in their order', async (t) => {
  const { publish, bodies, statements } = await world(t)
  const clients = ['alice', 'bob', 'carol', 'dora']
  const all = Array.from({ length: 400 }, (_, i) => publish(clients[i % 4] ?? '', `${i}`, i % 3 ? {} : { id: `${i}` }))
  const outcomes = await Promise.all(all)
  t.ok(outcomes.every(({ kind }) => kind === 'stored'))
  t.ok(statements() <= 10, `${statements()} statements`)
  for (const [at, client] of clients.entries()) {
    t.same(
      await bodies(client),
      Array.from({ length: 100 }, (_, i) => `${4 * i + at}`),
    )
  }
})

t.test('a row that the database cannot take fails alone', async (t) => {
  const { publish, bodies, count } = await world(t)
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      kindOf(publish(`client ${i % 7}`, `${i}`, { id: `${i}`, ...(i % 13 === 5 ? { subject: 'a NUL: \0' } : {}) })),
    ),
  )
  for (const [i, outcome] of outcomes.entries()) {
    t.equal(outcome, i % 13 === 5 ? 'ERROR_DB_UNEXPECTED_ERROR' : 'stored', `${i}`)
  }
  t.equal(await count('pending_notifications'), 37)
  t.equal(await count('idempotency_keys'), 37)
  t.same(await bodies('client 6'), ['6', '13', '20', '27', '34'])
})

t.test('publications at once fill a client exactly, whichever of them are repeats', async (t) => {
  const { publish, count } = await world(t, { cap: 20 })
  t.equal(await kindOf(publish('alice', 'first', { id: 'first' })), 'stored')
  const kinds = await Promise.all(
    Array.from({ length: 60 }, (_, i) => kindOf(publish('alice', `${i}`, i % 2 ? { id: 'first' } : {}))),
  )
  t.equal(kinds.filter((kind) => kind === 'duplicate').length, 30)
  t.equal(kinds.filter((kind) => kind === 'stored').length, 19)
  t.equal(kinds.filter((kind) => kind === 'full').length, 11)
  t.equal(await count('pending_notifications'), 20)
})

t.test('a statement whose answer was lost is sent again, and stores each publication once', async (t) => {
  const { publish, bodies, pool, faults, count } = await world(t)
  // Only a connection that has worked is taken for one that was lost while it was idle.
  await publish('alice', '0')
  faults.push('crash')
  const kinds = await Promise.all([
    ...['1', '2', '3'].map((body) => kindOf(publish('alice', body))),
    ...['4', '5', '6'].map((body) => kindOf(publish('alice', body, { id: body }))),
  ])
  t.equal(faults.length, 0)
  t.same(kinds, Array(6).fill('stored'))
  t.same(await bodies('alice'), ['0', '1', '2', '3', '4', '5', '6'])
  t.equal(await count('idempotency_keys'), 3)
  t.equal(pool.waiting, 0)
})

t.test('a callback whose answer was lost counts one use, and is stored once', async (t) => {
  const { callbacks, register, bodies, faults, pool } = await world(t)
  const [first, second, third] = [await register('alice', 2), await register('alice', 1), await register('alice', 1)]
  const call = (digest: string, text: string, idempotencyKey: string | null = null) =>
    callbacks.accept({ digest, idempotencyKey, body: Buffer.from(text), contentType: null })
  await call(first, '0')
  faults.push('crash')
  const outcomes = await Promise.all([call(first, '1'), call(second, '2'), call(third, '3', 'key')])
  t.equal(faults.length, 0)
  t.same(
    outcomes.map(({ kind }) => kind),
    ['stored', 'stored', 'stored'],
  )
  t.same((await bodies('alice')).sort(), ['0', '1', '2', '3'])
  const uses = await pool.query((sql) => sql<{ uses: number }[]>`select uses from registrations order by max_uses desc`)
  t.same(
    uses.map((row) => row.uses),
    [2, 1, 1],
  )
})

t.test('callbacks to one URL that come at once share statements, and keep uses, keys and order', async (t) => {
  const { callbacks, register, bodies, statements, count } = await world(t)
  const [open, bounded] = [await register('alice'), await register('bob', 150)]
  const call = (digest: string, text: string, idempotencyKey: string | null = null) =>
    callbacks.accept({ digest, idempotencyKey, body: Buffer.from(text), contentType: null })
  const outcomes = await Promise.all(Array.from({ length: 150 }, (_, i) => call(open, `${i}`)))
  t.ok(outcomes.every(({ kind }) => kind === 'stored'))
  t.ok(statements() <= 10, `${statements()} statements`)
  t.same(
    await bodies('alice'),
    Array.from({ length: 150 }, (_, i) => `${i}`),
  )
  const kinds = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => (await call(bounded, `${i}`, `key ${i % 160}`)).kind),
  )
  t.equal(kinds.filter((kind) => kind === 'stored').length, 150)
  t.equal(await count('idempotency_keys'), 150)
  t.equal(await count('pending_notifications'), 300)
})

t.test(
  'a notification expires when its sender says, by the clock of the database, and no later than any other',
  async (t) => {
    const { publish, pending, pool } = await world(t)
    const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
    const cases: Record<string, Partial<Publication>> = {
      never: { ttlSeconds: null },
      duration: { ttlSeconds: 60 },
      time: { ttlSeconds: null, expiresAt: inMs(60_000) },
      'the earlier duration': { ttlSeconds: 60, expiresAt: inMs(3_600_000) },
      'the earlier time': { ttlSeconds: 3_600, expiresAt: inMs(60_000) },
    }
    for (const [addressee, more] of Object.entries(cases)) {
      const outcome = await publish(addressee, 'b', more)
      const told = outcome.kind === 'stored' ? outcome.row.notification.expiresAt : 'not stored'
      const read = (await pending.readPage(addressee)).rows[0]?.notification.expiresAt
      t.equal(read, told, `${addressee}: the row that is stored is the row that is read`)
      if (addressee === 'never') t.equal(told, undefined)
      else t.ok(Math.abs(Date.parse(told ?? '') - Date.now() - 60_000) < 30_000, `${addressee}: ${told}`)
    }
    await publish('far', 'b', { ttlSeconds: null, expiresAt: '9999-12-31T23:59:59.000Z' })
    const [row] = await pool.query(
      (sql) => sql<{ days: number }[]>`
      select round(extract(epoch from expires_at - created_at) / 86400)::int as days
      from pending_notifications where client_id = 'far'`,
    )
    t.equal(row?.days, 7)
    t.equal(await kindOf(publish('past', 'b', { id: '1', ttlSeconds: null, expiresAt: inMs(-1) })), 'stored')
    t.equal(await kindOf(publish('past', 'b', { id: '1', ttlSeconds: null, expiresAt: inMs(-1) })), 'duplicate')
    t.same((await pending.readPage('past')).rows, [], 'nobody gets a notification that has expired')
  },
)

t.test('a publication reads no ids of others, also while the database has no statistics of them', async (t) => {
  const { publish, pool } = await world(t)
  await pool.query((sql) => sql`alter table idempotency_keys set (autovacuum_enabled = false)`)
  await pool.query(
    (sql) => sql`
      insert into idempotency_keys (registration_id, key, notification_id)
      select '00000000-0000-0000-0000-000000000000', md5(number::text), gen_random_uuid()
      from generate_series(1, 20000) as number`,
  )
  const reads = async () => {
    const [row] = await pool.query(
      (sql) => sql<{ lookUps: string; found: string; scanned: string }[]>`
        select idx_scan as "lookUps", idx_tup_fetch as found, seq_tup_read as scanned
        from pg_stat_user_tables where relname = 'idempotency_keys'`,
    )
    return { lookUps: Number(row?.lookUps), read: Number(row?.found) + Number(row?.scanned) }
  }
  const before = await reads()
  t.equal(await kindOf(publish('alice', 'b', { id: 'first' })), 'stored')
  t.equal(await kindOf(publish('alice', 'b', { id: 'first' })), 'duplicate')
  // A connection tells what it has read a moment later.
  await until(async () => (await reads()).lookUps > before.lookUps)
  t.ok((await reads()).read - before.read < 100, JSON.stringify(await reads()))
})
