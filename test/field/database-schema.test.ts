import postgres from 'postgres'
import t, { type Test } from 'tap'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { UnfitDatabase } from '../../src/adapters/postgres/refused-settings.ts'
import { sharedPostgres, type TestDatabase } from '../support/postgres.ts'
import { playRound } from './database-round.ts'

const server = await sharedPostgres(t)
const log = { info() {}, warn() {} }

/** Runs statements as the owner of the database. */
async function execute(database: TestDatabase, ...statements: string[]): Promise<readonly postgres.Row[]> {
  const { host, port, user, password } = database
  const sql = postgres({ host, port, user, password, database: database.database, max: 1, onnotice() {} })
  let rows: readonly postgres.Row[] = []
  for (const statement of statements) rows = await sql.unsafe(statement)
  await sql.end()
  return rows
}

/** A role of its own that may connect to the database, and nothing more. */
async function role(t: Test, database: TestDatabase): Promise<TestDatabase> {
  const user = `${database.database}_role`
  await execute(database, `create role ${user} login password 'secret'`)
  t.teardown(() => execute(database, `drop owned by ${user}`, `drop role ${user}`))
  return { ...database, user, password: 'secret' }
}

async function refusal(database: TestDatabase & { readonly schema?: string }): Promise<string> {
  const error = await migrate({ ...database, log }).then(
    () => new Error('not refused'),
    (error: unknown) => error,
  )
  return error instanceof UnfitDatabase ? error.message : `unexpected: ${error}`
}

t.test('the service works in a schema of its own, which it creates, beside tables of the same names', async (t) => {
  const database = { ...(await server.emptyDatabase()), schema: 'Notifications' }
  await execute(database, 'create table sessions (sid varchar primary key, sess json, expire timestamp)')
  await migrate({ ...database, log })
  await playRound(t, database)
  const tables = await execute(
    database,
    "select table_schema from information_schema.tables where table_name = 'sessions'",
  )
  t.same(tables.map(({ table_schema }) => table_schema).sort(), ['Notifications', 'public'])
})

t.test("another application's table stops the start with its name and the advice", async (t) => {
  for (const name of ['sessions', 'instances', 'tickets', 'registrations']) {
    const database = await server.emptyDatabase()
    await execute(database, `create table ${name} (id int)`)
    t.match(await refusal(database), new RegExp(`^public\\.${name} belongs to another application; set DB_SCHEMA`))
    const tables = await execute(database, "select from information_schema.tables where table_schema = 'public'")
    t.equal(tables.length, 1, 'nothing else was made')
  }
})

t.test("another application's view, index or type of a name stops the start as well", async (t) => {
  const others = {
    sessions: 'create view sessions as select 1 as id',
    tickets: "create type tickets as enum ('open')",
    sessions_of_instance: 'create table other (id int); create index sessions_of_instance on other (id)',
  }
  for (const [name, statement] of Object.entries(others)) {
    const database = await server.emptyDatabase()
    await execute(database, statement)
    t.match(await refusal(database), `public.${name} belongs to another application`)
  }
})

t.test("the earlier service's table notifier_instances is left alone, and the log says so", async (t) => {
  const database = await server.emptyDatabase()
  await execute(
    database,
    'create table notifier_instances (user_id varchar primary key, notifier_instance_id varchar)',
    "insert into notifier_instances values ('alice', 'i')",
  )
  const said: string[] = []
  const say = (_fields: object, sentence: string) => said.push(sentence)
  await migrate({ ...database, log: { info: say, warn: say } })
  t.match(said.at(-1), /the table of the earlier service is left alone/)
  t.same(
    [...(await execute(database, 'select * from notifier_instances'))],
    [{ user_id: 'alice', notifier_instance_id: 'i' }],
  )
  await playRound(t, database)
})

t.test('a role with row rights only can use a migrated database, and start again', async (t) => {
  const database = await server.migratedDatabase()
  const restricted = await role(t, database)
  await execute(
    database,
    'revoke create on schema public from public',
    `grant select, insert, update, delete on all tables in schema public to ${restricted.user}`,
  )
  await migrate({ ...restricted, log })
  await playRound(t, restricted)
})

t.test('a role that may not create tables is told what to do', async (t) => {
  const database = await server.emptyDatabase()
  const restricted = await role(t, database)
  await execute(database, 'revoke create on schema public from public')
  t.match(await refusal(restricted), /may not migrate the schema public; .*npm run migrate/)
  t.match(await refusal({ ...restricted, schema: 'notifications' }), /may not migrate the schema notifications/)
})

t.test('a right that is missing is refused by its name, with the table', async (t) => {
  const database = await server.migratedDatabase()
  const restricted = await role(t, database)
  await execute(
    database,
    `grant select, insert, update, delete on all tables in schema public to ${restricted.user}`,
    `revoke delete on tickets from ${restricted.user}`,
  )
  t.match(await refusal(restricted), 'the user lacks the right "delete" on the table public.tickets')
})

t.test('row security that would hide rows is refused by the name of the table', async (t) => {
  const database = await server.migratedDatabase()
  const restricted = await role(t, database)
  await execute(
    database,
    `grant select, insert, update, delete on all tables in schema public to ${restricted.user}`,
    'alter table sessions enable row level security',
  )
  t.match(await refusal(restricted), 'row security hides rows of the table public.sessions')
})

t.test('a table that is missing is refused by its name', async (t) => {
  const database = await server.migratedDatabase()
  await execute(database, 'drop table tickets')
  t.match(await refusal(database), 'the table public.tickets is missing')
})
