import type { FastifyPluginAsync } from 'fastify'
import { ConfigError, readConfig } from './config.ts'
import { openLog } from './log.ts'
import { openLogOutput } from './log-output.ts'
import { startService } from './service.ts'
import { warnOfUnknownSettings } from './unknown-settings.ts'
import { warnOfUnsafeSettings } from './unsafe-settings.ts'

/** A second signal this soon is the same Ctrl-C: the terminal sends it, and npm passes it on. */
const sameSignalMs = 1_000
/** The signals that stop the instance in order. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const
/** The time that an ending process waits for the reader of its log. */
const lastLinesMs = 500

/**
 * Runs an instance as this process: starts it with the settings of the environment, stops it at a signal, and exits
 * with a code. `moreRoutes` adds routes that are not in the contract.
 */
export async function run(env: NodeJS.ProcessEnv, moreRoutes: FastifyPluginAsync | null = null): Promise<void> {
  try {
    await live(env, moreRoutes)
  } catch (error) {
    // An operator has to correct the settings, so the list of faults is printed without a stack.
    console.error(error instanceof ConfigError ? error.message : error)
    process.exit(1)
  }
}

async function live(env: NodeJS.ProcessEnv, moreRoutes: FastifyPluginAsync | null): Promise<void> {
  const config = readConfig(env)
  const output = openLogOutput(1)
  const log = openLog(config, output)
  warnOfUnknownSettings(log, env)
  warnOfUnsafeSettings(log, config, env)
  const exit = async (code: number): Promise<never> => {
    await output.flushed(lastLinesMs)
    process.exit(code)
  }
  const stopRequested = Promise.withResolvers<void>()
  const stopping = new AbortController()
  let requestedAt: number | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    if (requestedAt === null) {
      requestedAt = performance.now()
      stopRequested.resolve()
      stopping.abort()
    } else if (performance.now() - requestedAt >= sameSignalMs) {
      log.warn({ signal }, 'a second signal came: the process ends without shutting down')
      void exit(1)
    }
  }
  // Registered before the start: the first process of a container has no default action for them. A terminal that
  // closes sends SIGHUP, and some supervisors stop with SIGQUIT.
  for (const signal of stopSignals) process.on(signal, onSignal)

  const onFatal = (reason: string): void => {
    log.fatal({}, reason)
    void exit(1)
  }
  const onSuperseded = (): void => {
    stopRequested.resolve()
    stopping.abort()
  }
  const start = { onFatal, onSuperseded, moreRoutes, droppedLogLines: () => output.dropped, stop: stopping.signal }
  const service = await startService(config, log, start).catch((err: unknown) => {
    // Called off while it waited. A start that fails for another reason after a signal has failed all the same.
    if (stopping.signal.aborted && err === stopping.signal.reason) return exit(0)
    log.fatal({ err }, 'the service could not start')
    return exit(1)
  })
  // A stop that is requested during startup calls off a start that waits; any other runs to its end, so that teardown
  // runs in order.
  await stopRequested.promise
  const code = await service.stop().then(
    () => 0,
    (err: unknown) => {
      log.error({ err }, 'the shutdown failed; the process ends')
      return 1
    },
  )
  await exit(code)
}
