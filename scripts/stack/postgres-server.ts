import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { endWithThisProcess, removeWithThisProcess } from './last-resort.ts'
import { startOnPort } from './ports.ts'
import { initialised, lastLine, password, runAs, user } from './postgres-data.ts'
import type { Connection } from './postgres-databases.ts'
import { choosePlace, type PostgresPlace } from './postgres-place.ts'
import { familyOf, isRunning, signalAll } from './processes.ts'

const host = '127.0.0.1'

/** A PostgreSQL server on loopback with its data in one folder; it ends with this process, however that ends. */
export interface PostgresServer extends Connection, AsyncDisposable {
  /** Its first process, the parent of all others. `start` makes another one. */
  readonly pid: number
  /** Why its data is elsewhere than asked for; null when it is not. */
  readonly remark: string | null
  /** Shuts it down; its port and its data stay for `start`. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it and all its backends with SIGKILL, as a crash of its machine would. `start` brings it back. */
  kill(): Promise<void>
  /** Stops it in its tracks: it keeps its connections, takes new ones, and answers nothing. */
  pause(): void
  resume(): void
}

export interface PostgresOptions {
  /** Ports to prefer. */
  readonly wanted: readonly number[]
  /** Whether its data survives the end of the machine, and outlasts a refuge that it had to take. */
  readonly durable: boolean
}

/** Starts PostgreSQL with its data in this folder; a server that a crash left there is stopped first. */
export async function startPostgresServer(
  folder: string,
  { wanted, durable }: PostgresOptions,
): Promise<PostgresServer> {
  await using undo = new AsyncDisposableStack()
  const place = await choosePlace(folder)
  const { refuge } = place
  if (refuge && !durable) {
    const release = removeWithThisProcess(refuge)
    undo.defer(() => rm(refuge, { recursive: true, force: true }).then(release))
  }
  const data = await initialised(place)
  await stopServer(place, data)
  let release = () => {}
  let postmaster = 0
  const launch = async (port: number) => {
    const options = [`-p ${port}`, ...(durable ? [] : ['-F'])].join(' ')
    // pg_ctl makes the server the leader of its own process group: Ctrl-C in the terminal is for us alone.
    await pgCtl(place, ['start', '-D', data, '-w', '-l', join(place.folder, 'server.log'), '-o', options])
    postmaster = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
    release = endWithThisProcess(postmaster, 'SIGQUIT')
    return port
  }
  let paused: readonly number[] = []
  let releasePaused: readonly (() => void)[] = []
  const resume = () => {
    signalAll(paused, 'SIGCONT')
    for (const release of releasePaused) release()
    paused = releasePaused = []
  }
  const stop = async () => {
    resume()
    await stopServer(place, data)
    release()
  }
  undo.defer(stop)
  const port = await startOnPort(wanted, launch)
  const running = undo.move()
  return {
    ...{ host, port, user, password, resume, stop },
    get pid() {
      return postmaster
    },
    remark: refuge && `the user postgres cannot enter ${dirname(folder)}, so its data is in ${refuge}`,
    start: () => again(port, launch),
    async kill() {
      // Backends outlive their postmaster, and keep the data folder locked while they do.
      const pids = familyOf(postmaster)
      signalAll(pids, 'SIGKILL')
      resume()
      while (pids.some(isRunning)) await pause(20)
      // A zombie that nobody reaps, as in a container without an init, looks like a server that runs.
      await rm(join(data, 'postmaster.pid'), { force: true })
      release()
    },
    pause() {
      paused = familyOf(postmaster)
      signalAll(paused, 'SIGSTOP')
      // A stopped backend does not notice that its postmaster has ended.
      releasePaused = paused.map((pid) => endWithThisProcess(pid, 'SIGKILL'))
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Launches on the port that is known already; somebody else's connection may hold it for a moment. */
async function again(port: number, launch: (port: number) => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await launch(port)
      return
    } catch (error) {
      if (tries === 5) throw error
      await pause(100)
    }
  }
}

/** Stops the server of this data folder, whoever started it; nothing happens when none runs. */
async function stopServer(place: PostgresPlace, data: string): Promise<void> {
  if (!(await isServing(place, data))) return
  try {
    await pgCtl(place, ['stop', '-D', data, '-m', 'fast', '-w'])
  } catch (error) {
    // A server that dies meanwhile, and leaves its postmaster.pid, counts as a failed stop.
    if (await isServing(place, data)) throw error
  }
}

/** pg_ctl knows a stale postmaster.pid from that of a server that runs. */
async function isServing(place: PostgresPlace, data: string): Promise<boolean> {
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
    throw new Error(`PostgreSQL did not start with its data in ${place.folder}: ${lastLine(log)}`, { cause: error })
  }
}
