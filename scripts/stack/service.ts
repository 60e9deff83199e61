import { setTimeout as pause } from 'node:timers/promises'
import { describeExit, type ServerProcess, startServerProcess } from './server-process.ts'

/** How long a service may take until it answers that it is ready. */
const startPatienceMs = 60_000

/** One running instance of the service. */
export interface Service extends Pick<ServerProcess, 'pid' | 'exited' | 'askToLeave' | 'stop' | 'kill' | 'output'> {
  readonly url: string
  readonly port: number
}

/** Starts the service on this port and waits until it is ready; when it does not become ready, nothing is left of it. */
export async function startService(options: {
  readonly entry: string
  readonly port: number
  readonly env: Readonly<Record<string, string>>
  readonly output: 'terminal' | 'kept'
  readonly signal: AbortSignal
}): Promise<Service> {
  const { port, entry, env, output, signal } = options
  const server = startServerProcess({ args: [entry], env, output })
  const url = `http://127.0.0.1:${port}`
  try {
    await ready(server, url, signal)
  } catch (error) {
    await server.stop()
    throw error
  }
  const { pid, exited, askToLeave, stop, kill } = server
  return { url, port, pid, exited, askToLeave, stop, kill, output: server.output }
}

/** Waits for the answer of the service itself, since its log may go to the terminal. */
async function ready(server: ServerProcess, url: string, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const deadline = began + startPatienceMs
  let last = 'it did not answer'
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    if (server.exit !== null) {
      throw new Error(`the service ended before it was ready (${describeExit(server.exit)})\n${server.output()}`)
    }
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
  throw new Error(`the service is not ready after ${startPatienceMs / 1_000} s: ${last}\n${server.output()}`)
}

/**
 * Whether what answers has started since: another process may have taken the port after it was looked at, and then ours
 * has not, and is about to end.
 */
function isYoungerThan(ms: number, health: string): boolean {
  const [, uptimeSeconds = '0'] = /"uptimeSeconds":([\d.]+)/.exec(health) ?? []
  return Number(uptimeSeconds) * 1_000 <= ms + 1_000
}
