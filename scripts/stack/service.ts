import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ward } from './last-resort.ts'

/** The checkout. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url))
/** The entry that `npm start` runs. */
export const serviceEntry = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** The same, with the page of `npm run dev`. */
export const pageEntry = fileURLToPath(new URL('../dev-page/instance.ts', import.meta.url))

/** How long a service may take until it answers that it is ready. */
const startPatienceMs = 60_000
/** How long it may take to leave: it answers its held polls, and waits for a receive of up to 20 s to run out. */
export const stopPatienceMs = 30_000
/** How much of its output is kept for the case that something goes wrong. */
const keptOutput = 20_000

/** How a process ended: by an exit code, or by a signal. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One running instance of the service. */
export interface Service {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<Exit>
  /** Asks it to leave. */
  askToLeave(): void
  /** Asks it to leave and waits; past its patience it is killed. */
  stop(): Promise<Exit>
  /** The last it has written; empty where the output goes to the terminal. */
  output(): string
}

/** Starts the service on this port and waits until it is ready; when it does not become ready, nothing is left of it. */
export async function startService(options: {
  readonly entry: string
  readonly port: number
  readonly env: Readonly<Record<string, string>>
  /** Whether its output goes to this terminal, or is kept. */
  readonly output: 'terminal' | 'kept'
  readonly signal: AbortSignal
  readonly onSpawn: (pid: number) => void
}): Promise<Service> {
  const { port, output, signal } = options
  const child = ward(
    spawn(process.execPath, [options.entry], {
      cwd: projectFolder,
      env: options.env,
      stdio: output === 'terminal' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      // In a process group of its own Ctrl-C does not reach it; we stop it, and before what it needs.
      detached: true,
    }),
  )
  const exited = exitOf(child)
  await once(child, 'spawn')
  const pid = child.pid as number
  options.onSpawn(pid)
  const service = control(child, { port, pid, exited })
  try {
    await ready(service, signal)
  } catch (error) {
    await service.stop()
    throw error
  }
  return service
}

function exitOf(child: ChildProcess): Promise<Exit> {
  const { promise, resolve } = Promise.withResolvers<Exit>()
  child.once('exit', (code, signal) => resolve({ code, signal }))
  return promise
}

function control(child: ChildProcess, known: Pick<Service, 'port' | 'pid' | 'exited'>): Service {
  const { exited } = known
  let kept = ''
  let asked = false
  const askToLeave = () => {
    // Once: to the service a second signal means that it shall not take the time to leave in good order.
    if (!asked) child.kill('SIGTERM')
    asked = true
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-keptOutput)
    })
  }
  return {
    ...known,
    url: `http://127.0.0.1:${known.port}`,
    output: () => kept,
    askToLeave,
    async stop() {
      askToLeave()
      const patience = new AbortController()
      pause(stopPatienceMs, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => {},
      )
      try {
        return await exited
      } finally {
        patience.abort()
      }
    },
  }
}

async function ready({ url, exited, output }: Service, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const deadline = began + startPatienceMs
  let ended: Exit | null = null
  exited.then((exit) => {
    ended = exit
  })
  let last = 'it did not answer'
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    if (ended) throw new Error(`the service ended before it was ready (${describeExit(ended)})\n${output()}`)
    try {
      const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
      const text = await answer.text()
      if (answer.status === 200 && isYoungerThan(performance.now() - began, text)) return
      last = `${answer.status} ${text}`
    } catch {
      // Not listening yet.
    }
    await pause(100)
  }
  throw new Error(`the service is not ready after ${startPatienceMs / 1_000} s: ${last}\n${output()}`)
}

/**
 * Whether what answers has started since: another process may have taken the port after it was looked at, and then ours
 * has not, and is about to end.
 */
function isYoungerThan(ms: number, health: string): boolean {
  const [, uptimeSeconds = '0'] = /"uptimeSeconds":([\d.]+)/.exec(health) ?? []
  return Number(uptimeSeconds) * 1_000 <= ms + 1_000
}

/** "exit code 1" or "SIGKILL". */
export function describeExit({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`
}
