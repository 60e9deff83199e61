import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ward } from '../../scripts/stack/last-resort.ts'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { temporaryFolder } from '../../scripts/stack/temporary-folder.ts'

/** Distributions put it where only the path of root leads. */
const binary = ['pgbouncer', '/usr/sbin/pgbouncer'].find((name) => spawnSync(name, ['--version']).status === 0)
/** Why tests of it cannot run here; false when they can. */
export const pgbouncerIsMissing = binary === undefined && 'pgbouncer is not installed on this machine'

/** PgBouncer does not run as root; this is the user `nobody` everywhere. */
const nobody = 65_534

export interface Pgbouncer extends AsyncDisposable {
  readonly port: number
}

interface Server {
  readonly port: number
  readonly user: string
  readonly password: string
}

/** Runs PgBouncer as Debian configures it, but with ports of our own and transaction pooling, in front of a server. */
export async function startPgbouncer(server: Server, lines: readonly string[] = []): Promise<Pgbouncer> {
  await using undo = new AsyncDisposableStack()
  const { path: folder } = undo.use(await temporaryFolder())
  const asRoot = process.getuid?.() === 0
  const users = join(folder, 'userlist.txt')
  await writeFile(users, `"${server.user}" "${server.password}"\n`)
  const port = await startOnPort([], async (port) => {
    const file = join(folder, 'pgbouncer.ini')
    const configuration = [
      '[databases]',
      `* = host=127.0.0.1 port=${server.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      'max_client_conn = 1000',
      // A statement of this client needs another server than the last one: what is left on one is missed at once.
      'server_round_robin = 1',
      ...lines,
    ]
    await writeFile(file, `${configuration.join('\n')}\n`)
    if (asRoot) for (const path of [folder, users, file]) await chown(path, nobody, nobody)
    const user = asRoot ? { uid: nobody, gid: nobody } : {}
    let said = ''
    const launch = () => {
      const child = ward(spawn(binary ?? '', [file], { stdio: ['ignore', 'ignore', 'pipe'], ...user }))
      child.stderr.on('data', (text) => {
        said = `${said}${text}`.slice(-2_000)
      })
      return { child, ended: once(child, 'close') }
    }
    const first = launch()
    const isOver = () => first.child.exitCode !== null || first.child.signalCode !== null
    while (!isOver() && !(await accepts(port))) await pause(20)
    if (isOver()) throw new Error(`PgBouncer has not started:\n${said}`)
    undo.use(supervise(first, launch))
    return port
  })
  const running = undo.move()
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

type Launched = { readonly child: ChildProcess; readonly ended: Promise<unknown> }

/**
 * Starts PgBouncer again when it ends, as a supervisor does: version 1.18 ends itself when cancel requests reach a server
 * that had stood still (https://github.com/pgbouncer/pgbouncer/issues/801).
 */
function supervise(first: Launched, launch: () => Launched): AsyncDisposable {
  let current = first
  let isWanted = true
  const watch = async () => {
    while (isWanted) {
      await current.ended
      if (isWanted) current = launch()
    }
  }
  const watching = watch()
  return {
    async [Symbol.asyncDispose]() {
      isWanted = false
      current.child.kill('SIGKILL')
      await watching
    },
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
