import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { type Postgres, startPostgres } from '../../scripts/stack/postgres.ts'
import { unusedData } from '../../scripts/stack/postgres-data.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Here each server makes its data by itself, as with `npm run dev`.
delete process.env[unusedData]

async function start(t: Test, folder: string, durable = true): Promise<Postgres> {
  const server = await startPostgres(folder, { wanted: [], durable })
  t.teardown(() => server[Symbol.asyncDispose]())
  return server
}

function connect(t: Test, { port, user, password, database }: Postgres) {
  const sql = postgres({ host: '127.0.0.1', port, user, password, database, max: 1, fetch_types: false })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}

t.test('data survives a restart of the server', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres')
  const before = await start(t, folder)
  const writer = connect(t, before)
  await writer`create table kept as select 42 as answer`
  await writer.end()
  await before[Symbol.asyncDispose]()
  t.same([...(await connect(t, await start(t, folder))`select answer from kept`)], [{ answer: 42 }])
})

t.test('a server that was left behind by a crash is stopped, and its data is used', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres')
  const left = await start(t, folder)
  const next = await start(t, folder)
  t.same([...(await connect(t, next)`select 1 as one`)], [{ one: 1 }])
  if (left.port !== next.port) await t.rejects(fetch(`http://127.0.0.1:${left.port}/`))
})

t.test('a stale lock file of a server does not prevent the start', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres')
  const before = await start(t, folder)
  const lock = join(folder, 'data', 'postmaster.pid')
  const content = await readFile(lock)
  await before[Symbol.asyncDispose]()
  await writeFile(lock, content)
  t.same([...(await connect(t, await start(t, folder))`select 1 as one`)], [{ one: 1 }])
})

const isRoot = process.getuid?.() === 0

t.test(
  'root can start a server for a private folder, which the user of the server may not enter',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const privateFolder = join(await temporaryFolder(t), 'private')
    await mkdir(privateFolder)
    await chmod(privateFolder, 0o700)
    const server = await start(t, join(privateFolder, 'postgres'), false)
    const refuge = /its data is in (\S+)$/.exec(server.remark ?? '')?.[1]
    t.ok(refuge, 'the remark says where the data is instead')
    t.same([...(await connect(t, server)`select 1 as one`)], [{ one: 1 }])
    await server[Symbol.asyncDispose]()
    await t.rejects(stat(refuge ?? ''), 'data that is not kept is removed at the end')
  },
)
