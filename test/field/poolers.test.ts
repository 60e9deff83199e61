import t, { type Test } from 'tap'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { openPool } from '../../src/adapters/postgres/pool.ts'
import { openGatewayStore } from '../support/gateway.ts'
import { pgbouncerIsMissing, startPgbouncer } from '../support/pgbouncer.ts'
import { startPostgres, type TestDatabase } from '../support/postgres.ts'
import { playRound } from './database-round.ts'

if (pgbouncerIsMissing) t.plan(0, pgbouncerIsMissing)
else await play()

async function play(): Promise<void> {
  const server = await startPostgres(t)
  const log = { info() {}, warn() {} }

  /** An empty database, as it is reached through a PgBouncer with these settings. */
  async function pooled(t: Test, ...lines: string[]): Promise<TestDatabase> {
    const database = await server.emptyDatabase()
    const pgbouncer = await startPgbouncer(database, lines)
    t.teardown(() => pgbouncer[Symbol.asyncDispose]())
    return { ...database, port: pgbouncer.port }
  }

  const kinds: Readonly<Record<string, readonly string[]>> = {
    'transaction pooling, as Debian ships it': [],
    'transaction pooling over a single connection': ['default_pool_size = 1'],
    'statement pooling': ['pool_mode = statement'],
    'session pooling': ['pool_mode = session', 'default_pool_size = 50'],
    'a reset after every transaction': ['server_reset_query_always = 1'],
  }
  for (const [kind, lines] of Object.entries(kinds)) {
    t.test(`the database is used through PgBouncer with ${kind}`, async (t) => {
      const database = await pooled(t, ...lines)
      await Promise.all([migrate({ ...database, log }), migrate({ ...database, log })])
      await playRound(t, database)
    })
  }

  t.test('no request of five hundred fails through PgBouncer with few connections', async (t) => {
    const database = await pooled(t, 'default_pool_size = 3')
    await migrate({ ...database, log })
    const store = await openGatewayStore(server, t, { database })
    const digest = await store.register('alice')
    const requests = Array.from({ length: 500 }, async (_, i) => {
      const callback = { digest, idempotencyKey: `key-${i}`, body: Buffer.from(`${i}`), contentType: null }
      if (i % 5 === 0) return store.pending.readPage(`client-${i}`).then(({ rows }) => rows)
      return store.callbacks.accept(callback)
    })
    await Promise.all(requests)
    t.equal(await store.count('pending_notifications'), 400)
  })

  t.test('settings that another client has left on a pooled connection change nothing', async (t) => {
    const database = await pooled(t, 'default_pool_size = 1')
    await migrate({ ...database, log })
    const other = openPool({ ...database, log })
    for (const [name, value] of [
      ['bytea_output', 'escape'],
      ['search_path', 'nowhere'],
      ['extra_float_digits', '-15'],
      ['default_transaction_isolation', 'serializable'],
    ]) {
      await other.query((sql) => sql`select set_config(${name ?? ''}, ${value ?? ''}, false)`)
    }
    await other.close()
    await playRound(t, database)
  })
}
