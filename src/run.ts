import type { FastifyPluginAsync } from 'fastify'
import { ConfigError, readConfig } from './config.ts'
import { openLog } from './log.ts'
import { startService } from './service.ts'

/** A second signal this soon is the same Ctrl-C: the terminal sends it, and npm passes it on. Milliseconds. */
const sameSignalMs = 1_000

/**
 * The life of a process that is an instance: started with these settings, ended by a signal, and with an exit code. What
 * else it shall serve, beside the contract, is the caller's.
 */
export async function run(env: NodeJS.ProcessEnv, moreRoutes: FastifyPluginAsync | null = null): Promise<void> {
  try {
    await live(env, moreRoutes)
  } catch (error) {
    // Settings are for people to mend: the list of what is wrong, and no stack.
    console.error(error instanceof ConfigError ? error.message : error)
    process.exit(1)
  }
}

async function live(env: NodeJS.ProcessEnv, moreRoutes: FastifyPluginAsync | null): Promise<void> {
  const config = readConfig(env)
  const log = openLog(config)
  const asked = Promise.withResolvers<void>()
  let askedAt: number | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedAt === null) {
      askedAt = performance.now()
      asked.resolve()
    } else if (performance.now() - askedAt >= sameSignalMs) {
      log.warn({ signal }, 'second signal: ending at once')
      process.exit(1)
    }
  }
  // Before the start: as the first process of a container, nothing else would answer to them.
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  const onFatal = (reason: string): void => {
    log.fatal({}, reason)
    process.exit(1)
  }
  const service = await startService(config, log, onFatal, moreRoutes).catch((err: unknown) => {
    log.fatal({ err }, 'the service could not start')
    process.exit(1)
  })
  // What was begun is undone in order, so one that is asked during the start ends after it.
  await asked.promise
  try {
    await service.stop()
    process.exit(0)
  } catch (err) {
    log.error({ err }, 'shutting down failed')
    process.exit(1)
  }
}
