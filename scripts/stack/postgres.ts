import { execFile } from 'node:child_process'
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { endWithThisProcess } from './last-resort.ts'
import { startOnPort } from './ports.ts'
import { choosePlace, type PostgresPlace } from './postgres-place.ts'

const run = promisify(execFile)

/** The earlier service's defaults, so that a service started by hand only has to be told the port. */
const user = 'my_user'
const password = 'my_password'
const database = 'message_service'
/** How long a start (which may replay what a crash left) or a stop may take. */
const patienceSeconds = 60

/** A running PostgreSQL server with an empty or kept database. */
export interface Postgres extends AsyncDisposable {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Why its data is elsewhere than asked for; null when it is not. */
  readonly remark: string | null
}

/** Starts PostgreSQL on loopback with its data in this folder; a server that a crash left there is stopped first. */
export async function startPostgres(
  folder: string,
  { wanted, durable }: { readonly wanted: readonly number[]; readonly durable: boolean },
): Promise<Postgres> {
  const place = await choosePlace(folder)
  const remark = place.refuge && `the user postgres cannot enter ${dirname(folder)}, so its data is in ${place.refuge}`
  const data = await initialised(place)
  await stopServer(place, data)
  return startOnPort(wanted, async (port) => {
    const options = [`-p ${port}`, ...(durable ? [] : ['-F'])].join(' ')
    // pg_ctl makes the server the leader of its own process group: Ctrl-C in the terminal is for us alone.
    await using undo = new AsyncDisposableStack()
    if (place.refuge && !durable) {
      const { refuge } = place
      undo.defer(() => rm(refuge, { recursive: true, force: true }))
    }
    undo.defer(() => stopServer(place, data))
    await pgCtl(place, ['start', '-D', data, '-w', '-l', join(place.folder, 'server.log'), '-o', options])
    const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')
    undo.defer(endWithThisProcess(Number(pid), 'SIGQUIT'))
    await createDatabase(port)
    const running = undo.move()
    return {
      ...{ port, user, password, database, remark },
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    }
  })
}

/** The data folder; made beside and then renamed, so that it is whole or not there. */
async function initialised(place: PostgresPlace): Promise<string> {
  const data = join(place.folder, 'data')
  if (await stat(data).catch(() => null)) return data
  const partial = join(place.folder, 'data.partial')
  const passwordFile = join(place.folder, 'password')
  await rm(partial, { recursive: true, force: true })
  await writeFile(passwordFile, password, { mode: 0o600 })
  if ('uid' in place.runAs) await chown(passwordFile, place.runAs.uid, place.runAs.gid)
  try {
    await runAs(place, 'initdb', [
      `--pgdata=${partial}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--wal-segsize=1',
      '--set=listen_addresses=127.0.0.1',
      '--set=unix_socket_directories=',
    ])
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(partial, data)
  return data
}

/** Stops the server of this data folder, whoever started it; nothing happens when none runs. */
async function stopServer(place: PostgresPlace, data: string): Promise<void> {
  if (!(await isRunning(place, data))) return
  try {
    await pgCtl(place, ['stop', '-D', data, '-m', 'fast', '-w'])
  } catch (error) {
    // A server that dies meanwhile, and leaves its postmaster.pid, counts as a failed stop.
    if (await isRunning(place, data)) throw error
  }
}

/** pg_ctl knows a stale postmaster.pid from that of a server that runs. */
async function isRunning(place: PostgresPlace, data: string): Promise<boolean> {
  return pgCtl(place, ['status', '-D', data]).then(
    () => true,
    () => false,
  )
}

async function pgCtl(place: PostgresPlace, args: readonly string[]): Promise<void> {
  try {
    await runAs(place, 'pg_ctl', args)
  } catch (error) {
    if (args[0] !== 'start') throw error
    const log = await readFile(join(place.folder, 'server.log'), 'utf8').catch(() => '')
    const lastLines = log.trim().split('\n').slice(-5).join('\n')
    throw new Error(`PostgreSQL did not start with its data in ${place.folder}:\n${lastLines}`, { cause: error })
  }
}

async function runAs(place: PostgresPlace, program: string, args: readonly string[]): Promise<void> {
  // PGPORT, PGDATA and their like would change what is asked for here.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')))
  await run(join(place.binaries, program), [...args], {
    ...place.runAs,
    // Not the current folder: the user it runs as may not be able to enter that.
    cwd: place.folder,
    env: { ...env, LC_ALL: 'C', PGCTLTIMEOUT: String(patienceSeconds) },
    timeout: (patienceSeconds + 10) * 1_000,
  })
}

async function createDatabase(port: number): Promise<void> {
  const sql = postgres({ host: '127.0.0.1', port, user, password, database: 'postgres', max: 1, fetch_types: false })
  try {
    const [there] = await sql`select from pg_database where datname = ${database}`
    if (!there) await sql`create database ${sql(database)}`
  } finally {
    await sql.end({ timeout: 5 })
  }
}
