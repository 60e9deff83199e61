import { describeExit, startServerProcess } from '../stack/server-process.ts'

/** The time for a server to start listening. */
const startPatienceMs = 30_000

/** A server under test, in its own process. */
export interface MeasuredServer {
  readonly pid: number
  readonly port: number
  /** Describes its end if it ended unexpectedly; null while it runs. */
  failure(): string | null
  stop(): Promise<void>
}

/** Starts a server and waits until it listens. */
export async function startMeasuredServer(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<MeasuredServer> {
  const server = startServerProcess({ args, env })
  const patience = setTimeout(() => server.kill(), startPatienceMs)
  const port = await server.listening.finally(() => clearTimeout(patience))
  let isStopping = false
  return {
    pid: server.pid,
    port,
    failure() {
      if (isStopping || server.exit === null) return null
      return `the server ended (${describeExit(server.exit)}):\n${server.output()}`
    },
    async stop() {
      isStopping = true
      await server.stop()
    },
  }
}
