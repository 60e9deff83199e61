import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { ward } from '../stack/last-resort.ts'
import { projectFolder } from '../stack/service.ts'

/** The time for a server to start listening, and to shut down. */
const startPatienceMs = 30_000
const stopPatienceMs = 15_000
/** The number of output lines that are kept for error messages. */
const keptLines = 30

/** A server under test, in its own process. */
export interface ServerProcess {
  readonly pid: number
  readonly port: number
  /** Describes its end if it ended unexpectedly; null while it runs. */
  failure(): string | null
  stop(): Promise<void>
}

/** Starts a server that prints `{"msg":"listening","port":…}` when it listens. */
export async function startServer(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const child = ward(
    spawn(process.execPath, args, {
      cwd: projectFolder,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In its own process group, Ctrl-C does not reach it: the benchmark stops it, before its dependencies.
      detached: true,
    }),
  )
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  const pid = child.pid as number
  const output: string[] = []
  let stopping = false
  const failure = () => {
    if (stopping || (child.exitCode === null && child.signalCode === null)) return null
    return `the server ended (${child.exitCode ?? child.signalCode}):\n${output.join('\n')}`
  }
  const stop = async () => {
    stopping = true
    await ended(child)
  }
  try {
    const port = await listening(child, output, exited)
    return { pid, port, failure, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Reads its output for as long as it runs. Resolves to the port as soon as it is printed. */
function listening(child: ChildProcess, output: string[], exited: Promise<unknown>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const fail = (what: string) => reject(new Error(`the server ${what}:\n${output.join('\n')}`))
  const patience = setTimeout(() => fail('does not listen yet'), startPatienceMs)
  const read = (line: string) => {
    output.push(line)
    if (output.length > keptLines) output.shift()
    const port = /"port":(\d+)/.exec(line)?.[1]
    if (port !== undefined && line.includes('"msg":"listening"')) resolve(Number(port))
  }
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read)
  exited.then(() => fail('ended before it listened'))
  return promise.finally(() => clearTimeout(patience))
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs)
  await exit
  clearTimeout(patience)
}
