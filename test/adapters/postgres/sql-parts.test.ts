import { randomUUID } from 'node:crypto'
import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createCallbacks } from '../../../src/adapters/postgres/callbacks.ts'
import { createInstances } from '../../../src/adapters/postgres/instances.ts'
import { createPending } from '../../../src/adapters/postgres/pending.ts'
import { createPublishing } from '../../../src/adapters/postgres/publishing.ts'
import { createRegistrations } from '../../../src/adapters/postgres/registrations.ts'
import { createSessionsTable } from '../../../src/adapters/postgres/sessions.ts'
import { digest } from '../../support/gateway.ts'
import { openTestPool } from '../../support/pool.ts'
import { sharedPostgres } from '../../support/postgres.ts'

/** So many rows that reading all of them would seem cheap beside a hundred look-ups. */
const manyRows = 10_000
const tables = ['sessions', 'registrations', 'pending_notifications', 'idempotency_keys']

t.test('a statement about one client reads its rows alone, also without statistics', async (t) => {
  const database = await (await sharedPostgres(t)).migratedDatabase()
  const observer = openTestPool(t, database)
  for (const table of tables) {
    await observer.query((sql) => sql`alter table ${sql(table)} set (autovacuum_enabled = false)`)
  }
  // One connection, which tells the server what it has read when it ends.
  const pool = openTestPool(t, { ...database, max: 1 })
  const self = { id: randomUUID(), relayKey: 'key' }
  await createInstances({ pool }).register({ ...self, address: 'http://a', queueUrl: 'q', ownsQueue: false })
  const registration = { clientId: 'alice', digest: digest('url'), subject: 's', correlationId: null, maxUses: 0 }
  await createRegistrations({ pool }).create({ ...registration, forward: 'data', ttlSeconds: 3_600 })
  const fill = `
    insert into sessions (client_id, instance_id) select 'client ' || i, '${self.id}' from numbers;
    insert into registrations (id, callback_hash, client_id, subject, max_uses, expires_at)
      select gen_random_uuid(), sha256(i::text::bytea), 'client ' || i, 's', 0, now() + '1 day' from numbers;
    insert into pending_notifications (id, client_id, subject, body, expires_at)
      select gen_random_uuid(), 'client ' || i, 's', '', now() + '1 day' from numbers;
    insert into idempotency_keys (registration_id, key, notification_id)
      select registrations.id, 'another key', gen_random_uuid() from registrations;`
  const numbers = `generate_series(1, ${manyRows}) as numbers (i)`
  await observer.query((sql) => sql.unsafe(fill.replaceAll('from numbers', `from ${numbers}`)).simple(), 30_000)
  const scanned = async () => {
    const rows = await observer.query(
      (sql) => sql<{ name: string; scans: string; looked: string }[]>`
        select relname as name, seq_tup_read as scans, idx_scan as looked from pg_stat_user_tables`,
    )
    return new Map(rows.map(({ name, scans, looked }) => [name, { scans: Number(scans), looked: Number(looked) }]))
  }
  // The counts of the filling come a moment later.
  await until(async () => ((await scanned()).get('registrations')?.scans ?? 0) >= manyRows)
  const before = await scanned()

  const sessions = createSessionsTable({ pool })
  await sessions.record(self, ['alice'])
  await sessions.find(['alice'])
  await sessions.remove(self, ['alice'])
  const publishing = createPublishing({ pool, clock: systemClock, pendingTtlSeconds: 3_600 })
  const nothing = { encoding: null, contentType: null, correlationId: null, sentAt: null, ttlSeconds: null }
  await publishing.insert({ ...nothing, id: 'id', addressee: 'alice', subject: 's', body: 'b' })
  const callbacks = createCallbacks({ pool, clock: systemClock, pendingTtlSeconds: 3_600 })
  const callback = { digest: registration.digest, body: Buffer.from('b'), contentType: null, idempotencyKey: 'key' }
  t.equal((await callbacks.accept(callback)).kind, 'stored')
  const pending = createPending({ pool, clock: systemClock })
  const { rows } = await pending.readPage('alice')
  t.equal(rows.length, 2)
  const [first, second] = rows.map(({ key }) => key) as [string, string]
  await pending.readKeys([first])
  await pending.isStored(first)
  await pending.noteHandedOver(first)
  await pending.remove(first)
  await pending.end({ key: second, by: 'client', deliveryCount: 1 })
  await pool.close()

  const moved = async () => {
    const after = await scanned()
    return tables.every((name) => (after.get(name)?.looked ?? 0) > (before.get(name)?.looked ?? 0))
  }
  await until(moved)
  const after = await scanned()
  for (const name of tables) t.equal(after.get(name)?.scans, before.get(name)?.scans, `${name} is not read as a whole`)
})
