import postgres from 'postgres'
import t, { type Test } from 'tap'
import { openPool } from '../../src/adapters/postgres/pool.ts'
import { LogBook } from '../support/log-book.ts'
import { pgbouncerIsMissing, startPgbouncer } from '../support/pgbouncer.ts'
import { startPostgres, type TestDatabase } from '../support/postgres.ts'
import { playRound } from './database-round.ts'

const server = await startPostgres(t)

/** Runs statements as the owner of the database. */
async function execute(database: TestDatabase, ...statements: string[]): Promise<void> {
  const { host, port, user, password } = database
  const sql = postgres({ host, port, user, password, database: database.database, max: 1, onnotice() {} })
  for (const statement of statements) await sql.unsafe(statement)
  await sql.end()
}

/** The ways in which a database may take few connections: those of small plans have 5 to 20 for everybody. */
const limits: Readonly<Record<string, (t: Test) => Promise<TestDatabase>>> = {
  // https://www.postgresql.org/docs/current/sql-createrole.html
  'a role with a connection limit': async () => {
    const database = await server.migratedDatabase()
    const user = `${database.database}_role`
    await execute(
      database,
      `create role ${user} login password 'secret' connection limit 3`,
      `grant select, insert, update, delete on all tables in schema public to ${user}`,
    )
    return { ...database, user, password: 'secret' }
  },
  ...(!pgbouncerIsMissing && {
    // https://www.pgbouncer.org/config.html#max_client_conn
    'a PgBouncer with few clients': async (t: Test) => {
      const database = await server.migratedDatabase()
      const pgbouncer = await startPgbouncer(database, ['max_client_conn = 3'])
      t.teardown(() => pgbouncer[Symbol.asyncDispose]())
      return { ...database, port: pgbouncer.port }
    },
  }),
}

if (pgbouncerIsMissing) t.test('a PgBouncer with few clients', { skip: pgbouncerIsMissing }, async () => {})

for (const [about, open] of Object.entries(limits)) {
  t.test(`statements wait for the connections that are open: ${about}`, async (t) => {
    const database = await open(t)
    const log = new LogBook()
    const pool = openPool({ ...database, log })
    t.teardown(() => pool.close())
    const burst = () => Promise.all(Array.from({ length: 40 }, () => pool.query((sql) => sql`select pg_sleep(0.005)`)))
    // A heartbeat among them: without a connection of its own the instance would be taken for dead.
    const beat = () => pool.vital.query((sql) => sql`select 1`)
    await Promise.all([burst(), beat()])
    await Promise.all([burst(), beat()])
    t.match(log.lines, [{ level: 'warn', sentence: /takes no more connections/ }])
    t.equal(log.lines.length, 1, 'which is one line')
    await pool.close()
    await playRound(t, database)
  })
}
