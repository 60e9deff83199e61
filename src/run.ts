import type { FastifyPluginAsync } from 'fastify'
import type { Logger } from 'pino'
import { type Config, ConfigError, readConfig } from './config.ts'
import { type Place, placeIn } from './instances/place.ts'
import { Siblings } from './instances/siblings.ts'
import { superviseInstances } from './instances/supervise.ts'
import { openLog } from './log.ts'
import { type LogOutput, openLogOutput } from './log-output.ts'
import { onStopSignals } from './stop-signals.ts'
import { warnOfUnknownSettings } from './unknown-settings.ts'
import { warnOfUnsafeSettings } from './unsafe-settings.ts'

/** The time that an ending process waits for the reader of its log. */
const lastLinesMs = 500

/**
 * Runs the service as this process: starts it with the settings of the environment, stops it at a signal, and exits with a
 * code. `moreRoutes` adds routes that are not in the contract. With `INSTANCES` above 1 this process is the parent of the
 * instances, each of which runs this as well.
 */
export async function run(env: NodeJS.ProcessEnv, moreRoutes: FastifyPluginAsync | null = null): Promise<void> {
  try {
    const config = readConfig(env)
    const place = process.send === undefined ? null : placeIn(env)
    if (place === null && config.INSTANCES > 1) await supervise(env, config)
    else await live({ env, config, moreRoutes, place })
  } catch (error) {
    // An operator has to correct the settings, so the list of faults is printed without a stack.
    console.error(error instanceof ConfigError ? error.message : error)
    process.exit(1)
  }
}

async function supervise(env: NodeJS.ProcessEnv, config: Config): Promise<void> {
  const output = openLogOutput(1)
  const log = openLog(config, output)
  warnOfSettings(log, config, env)
  await exit(output, await superviseInstances(env, config, log).catch((err: unknown) => failedStart(log, err)))
}

interface Life {
  readonly env: NodeJS.ProcessEnv
  readonly config: Config
  readonly moreRoutes: FastifyPluginAsync | null
  /** The place among several instances; null for an instance that has the port for itself. */
  readonly place: Place | null
}

async function live({ env, config, moreRoutes, place }: Life): Promise<void> {
  let instanceId: () => string | undefined = () => undefined
  const output = openLogOutput(1)
  const name = place === null ? undefined : () => ({ instance: place.number, instanceId: instanceId() })
  const log = openLog(config, output, name === undefined ? {} : { name })
  // Otherwise the parent has warned, once for all.
  if (place === null) warnOfSettings(log, config, env)
  const stopRequested = Promise.withResolvers<void>()
  const stopping = new AbortController()
  const stop = (): void => {
    stopRequested.resolve()
    stopping.abort()
  }
  onStopSignals({
    first: stop,
    second(signal) {
      log.warn({ signal }, 'a second signal came: the process ends without shutting down')
      void exit(output, 1)
    },
  })
  const siblings = place === null ? null : new Siblings(stop)
  const onFatal = (reason: string): void => {
    log.fatal({}, reason)
    void exit(output, 1)
  }
  // The parent of several instances serves nobody and needs none of this.
  const { startService } = await import('./service.ts')
  const start = {
    onFatal,
    onSuperseded: stop,
    moreRoutes,
    droppedLogLines: () => output.dropped,
    stop: stopping.signal,
    among: place === null || siblings === null ? null : { ...place, allServe: () => siblings.allServe },
    onNamed: (read: () => string) => {
      instanceId = read
    },
  }
  const service = await startService(config, log, start).catch(async (err: unknown) => {
    // Called off while it waited. A start that fails for another reason after a signal has failed all the same.
    const isCalledOff = stopping.signal.aborted && err === stopping.signal.reason
    return exit(output, isCalledOff ? 0 : failedStart(log, err))
  })
  siblings?.serves()
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
  await exit(output, code)
}

function warnOfSettings(log: Logger, config: Config, env: NodeJS.ProcessEnv): void {
  warnOfUnknownSettings(log, env)
  warnOfUnsafeSettings(log, config, env)
}

function failedStart(log: Logger, err: unknown): number {
  log.fatal({ err }, 'the service could not start')
  return 1
}

async function exit(output: LogOutput, code: number): Promise<never> {
  await output.flushed(lastLinesMs)
  process.exit(code)
}
