import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { type DatabaseOptions, openPool } from '../../../src/adapters/postgres/pool.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const server = await sharedPostgres(t)
const shipped = new URL('../../../src/adapters/postgres/migrations/', import.meta.url)
const versions = (await readdir(shipped)).map((file) => Number(file.slice(0, 4)))

function listen() {
  const said: [string, object][] = []
  const say = (fields: object, sentence: string) => said.push([sentence, fields])
  return { said, log: { info: say, warn: say } }
}

function open(t: Owner, database: DatabaseOptions) {
  const pool = openPool({ ...database, max: 2, log: listen().log })
  t.teardown(() => pool.close())
  return pool
}

async function folderWith(t: Owner, files: Record<string, string>): Promise<URL> {
  const folder = await temporaryFolder(t)
  for (const file of await readdir(shipped)) await copyFile(new URL(file, shipped), join(folder, file))
  for (const [file, sql] of Object.entries(files)) await writeFile(join(folder, file), sql)
  return pathToFileURL(`${folder}/`)
}

t.test('instances that start at once migrate an empty database exactly once', async (t) => {
  const database = await server.emptyDatabase()
  const { said, log } = listen()
  await Promise.all(Array.from({ length: 5 }, () => migrate({ ...database, log })))
  t.same(
    said.filter(([sentence]) => sentence === 'migration applied').length,
    versions.length,
    'each is applied by one of them',
  )
  const rows = await open(t, database).query(
    (sql) => sql<{ version: number }[]>`select version from notification_service_migrations order by version`,
  )
  t.same(
    rows.map(({ version }) => version),
    versions,
  )
})

t.test('a migrated database is left alone', async (t) => {
  const database = await server.emptyDatabase()
  await migrate({ ...database, log: listen().log })
  const { said, log } = listen()
  await migrate({ ...database, log })
  t.same(said, [])
})

t.test('a migration that fails leaves nothing of itself and of those before it', async (t) => {
  const database = await server.emptyDatabase()
  const folder = await folderWith(t, {
    '9000-fine.sql': 'create table fine (id int);',
    '9001-broken.sql': 'create table broken (id int);\nselect 1 / 0 into strict broken;',
  })
  await t.rejects(migrate({ ...database, log: listen().log }, { folder }), { message: 'the database was not migrated' })
  const tables = await open(t, database).query(
    (sql) => sql`select table_name from information_schema.tables where table_schema = 'public'`,
  )
  t.same([...tables], [])
  await migrate({ ...database, log: listen().log })
})

t.test('a later release adds only what is missing, and an earlier one goes on with a warning', async (t) => {
  const database = await server.emptyDatabase()
  await migrate({ ...database, log: listen().log })
  const folder = await folderWith(t, { '9000-later.sql': '-- Ends in a comment.\ncreate table later (id int); -- so' })
  const later = listen()
  await migrate({ ...database, log: later.log }, { folder })
  t.same(later.said, [['migration applied', { version: 9000, migration: 'later' }]])
  const earlier = listen()
  await migrate({ ...database, log: earlier.log })
  t.same(earlier.said, [
    ['the database has a migration that this release does not know', { version: 9000, migration: 'later' }],
  ])
})

t.test('two migrations with one number, or a file that is not a migration, stop the start', async (t) => {
  const database = await server.emptyDatabase()
  const twice = await folderWith(t, { '0001-again.sql': 'select 1;' })
  await t.rejects(migrate({ ...database, log: listen().log }, { folder: twice }), { message: /have the number 0001/ })
  const stray = await folderWith(t, { 'notes.txt': '' })
  await t.rejects(migrate({ ...database, log: listen().log }, { folder: stray }), { message: /not named like a migra/ })
})
