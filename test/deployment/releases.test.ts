import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { readMigrations, shippedMigrations } from '../../src/adapters/postgres/migrations.ts'
import { playRound } from '../field/database-round.ts'
import { sharedPostgres, type TestDatabase } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const server = await sharedPostgres(t)
const log = { info() {}, warn() {} }
const shipped = await readMigrations(shippedMigrations)

/** A column as a release knows it. */
interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly required: boolean
}

function connect(t: Test, { host, port, user, password, database }: TestDatabase) {
  const sql = postgres({ host, port, user, password, database, max: 1, onnotice() {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}

async function columnsOf(sql: postgres.Sql): Promise<readonly Column[]> {
  return sql<Column[]>`
    select table_name as table, column_name as column, data_type as type,
      is_nullable = 'NO' and column_default is null as required
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1, 2`
}

/** The columns of each unique key, which an insert that expects a conflict names. */
async function keysOf(sql: postgres.Sql): Promise<readonly string[]> {
  const rows = await sql<{ key: string }[]>`
    select indrelid::regclass || ' ' || array_agg(attname order by attname)::text as key
    from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
    where indisunique and indrelid::regclass::text !~ '^pg_' group by indexrelid, indrelid`
  return rows.map(({ key }) => key).sort()
}

/** A folder with the migrations up to this number. */
async function migrationsUpTo(t: Test, version: number): Promise<URL> {
  const folder = await temporaryFolder(t)
  await cp(shippedMigrations, folder, {
    recursive: true,
    filter: (path) => !(Number(/(\d{4})-[^/]*$/.exec(path)?.[1]) > version),
  })
  return pathToFileURL(`${folder}/`)
}

// The tests of an earlier release would hold its statements to the later tables. They can only break where a migration takes away or
// changes a table, column, type or key that they name, or demands a value that they do not write: each migration is held to that,
// for every release there has been and not for the last one alone.
t.test(
  'each migration leaves everything that the release before it knows: columns, types, keys, and rows that it writes',
  async (t) => {
    const database = await server.emptyDatabase()
    const sql = connect(t, database)
    for (const [index, { version, name }] of shipped.entries()) {
      const [columns, keys] = index === 0 ? [[], []] : [await columnsOf(sql), await keysOf(sql)]
      // This release misses the tables of its later migrations, after the earlier ones are committed.
      await migrate({ ...database, log }, { folder: await migrationsUpTo(t, version) }).catch((error: Error) => {
        if (!/ is missing/.test(error.message)) throw error
      })
      const after = await columnsOf(sql)
      for (const { table, column, type } of columns) {
        const kept = after.find((candidate) => candidate.table === table && candidate.column === column)
        t.equal(kept?.type, type, `${name} keeps ${table}.${column}`)
      }
      const tables = new Set(columns.map(({ table }) => table))
      const demanded = after.filter(({ table, column, required }) => {
        const was = columns.find((known) => known.table === table && known.column === column)
        return tables.has(table) && required && !was?.required
      })
      t.same(demanded, [], `${name} demands no value that the release before does not write`)
      const keysAfter = await keysOf(sql)
      const ofKnown = (key: string) => tables.has(key.split(' ')[0] ?? '')
      t.same(keysAfter.filter(ofKnown), keys.filter(ofKnown), `${name} changes no unique key of a table that was there`)
    }
    await playRound(t, database)
  },
)

t.test('this release works beside the next one, whose migration it does not know', async (t) => {
  const folder = await temporaryFolder(t)
  await cp(shippedMigrations, folder, { recursive: true })
  const next = Math.max(...shipped.map(({ version }) => version)) + 1
  const tables = [
    'instances',
    'sessions',
    'registrations',
    'pending_notifications',
    'idempotency_keys',
    'tickets',
    'wake_ups',
  ]
  const additions = tables.map((table) => `alter table ${table} add column of_the_next_release text;`)
  await writeFile(join(folder, `${String(next).padStart(4, '0')}-next.sql`), additions.join('\n'))
  const database = await server.migratedDatabase()
  await migrate({ ...database, log }, { folder: pathToFileURL(`${folder}/`) })
  const warned: string[] = []
  await migrate({
    ...database,
    log: { info() {}, warn: (_fields: object, sentence: string) => void warned.push(sentence) },
  })
  t.same(warned, ['the database has a migration that this release does not know'])
  await playRound(t, database)
})
