import postgres from 'postgres'
import t, { type Test } from 'tap'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { UnfitDatabase } from '../../src/adapters/postgres/refused-settings.ts'
import { openGatewayStore } from '../support/gateway.ts'
import { sharedPostgres, type TestDatabase } from '../support/postgres.ts'
import { playRound } from './database-round.ts'

const server = await sharedPostgres(t)
const log = { info() {}, warn() {} }

/**
 * Every setting that a database or a role can have, that changes what a statement of the service means or how its result
 * is written, with the value that would do the most harm. (PostgreSQL 18, chapter "Client Connection Defaults" and the
 * chapters on version compatibility and on write-ahead logs.)
 */
const harmless: Readonly<Record<string, string>> = {
  bytea_output: 'escape',
  DateStyle: 'SQL, DMY',
  TimeZone: 'Asia/Kolkata',
  IntervalStyle: 'sql_standard',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  search_path: 'nowhere',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  client_encoding: 'LATIN1',
  client_min_messages: 'debug5',
  timezone_abbreviations: 'India',
  row_security: 'off',
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  backslash_quote: 'off',
  xmlbinary: 'hex',
  lc_monetary: 'C',
  synchronous_commit: 'off',
  idle_session_timeout: '100ms',
  idle_in_transaction_session_timeout: '1ms',
  statement_timeout: '3s',
  lock_timeout: '3s',
  exit_on_error: 'on',
  plan_cache_mode: 'force_generic_plan',
  jit_above_cost: '0',
}

for (const [name, value] of Object.entries(harmless)) {
  t.test(`${name} = ${value} of the database changes nothing`, async (t) => {
    const database = await server.emptyDatabase()
    await set(database, `database ${database.database}`, name, value)
    await migrate({ ...database, log })
    await playRound(t, database)
  })
}

t.test('all of these settings together, set for the role in the database, change nothing', async (t) => {
  const database = await server.emptyDatabase()
  const place = `role ${database.user} in database ${database.database}`
  for (const [name, value] of Object.entries(harmless)) await set(database, place, name, value)
  await migrate({ ...database, log })
  await playRound(t, database)
})

t.test(
  'callbacks at once are counted right in a database whose isolation is stricter than READ COMMITTED',
  async (t) => {
    for (const isolation of ['repeatable read', 'serializable']) {
      const database = await server.migratedDatabase()
      await set(database, `database ${database.database}`, 'default_transaction_isolation', isolation)
      const store = await openGatewayStore(server, t, { database })
      const digest = await store.register('alice', 15)
      const callback = { digest, idempotencyKey: null, body: Buffer.from('{}'), contentType: null }
      const outcomes = await Promise.all(Array.from({ length: 40 }, () => store.callbacks.accept(callback)))
      t.equal(outcomes.filter(({ kind }) => kind === 'stored').length, 15, isolation)
      t.equal(await store.count('pending_notifications'), 15)
    }
  },
)

t.test('a database whose encoding is SQL_ASCII stores every text', async (t) => {
  const database = await server.emptyDatabase({ encoding: 'SQL_ASCII' })
  await migrate({ ...database, log })
  await playRound(t, database)
})

/** Settings that the service cannot ask for, and cannot do with. */
const refused: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  session_replication_role: 'replica',
  statement_timeout: '100ms',
  lock_timeout: '2999ms',
  transaction_timeout: '1s',
  search_path: 'public, pg_catalog',
}

for (const [name, value] of Object.entries(refused)) {
  t.test(`${name} = ${value} of the database is refused by its name`, async (t) => {
    const database = await server.emptyDatabase()
    await set(database, `database ${database.database}`, name, value)
    await refusesToMigrate(t, database, name)
  })
}

t.test('a database that cannot store every text is refused by the name of the setting', async (t) => {
  await refusesToMigrate(t, await server.emptyDatabase({ encoding: 'LATIN1' }), 'server_encoding')
})

async function refusesToMigrate(t: Test, database: TestDatabase, name: string): Promise<void> {
  const error = await migrate({ ...database, log }).then(
    () => null,
    (error: unknown) => error,
  )
  t.ok(error instanceof UnfitDatabase, String(error))
  t.match(String(error), name)
}

/** Sets it as an operator does. */
async function set(database: TestDatabase, place: string, name: string, value: string): Promise<void> {
  const { host, port, user, password } = database
  const sql = postgres({ host, port, user, password, database: database.database, max: 1, onnotice() {} })
  const list = name === 'search_path' ? value : `'${value}'`
  await sql.unsafe(`alter ${place} set ${name} = ${list}`)
  await sql.end()
}
