import { ConfigError, readConfig } from './config.ts'
import { openLog } from './log.ts'
import { startService } from './service.ts'

/** A second signal this soon is the same Ctrl-C: the terminal sends it, and npm passes it on. Milliseconds. */
const sameSignalMs = 1_000

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = openLog(config)
  const service = await startService(config, log, (reason) => {
    log.fatal({}, reason)
    process.exit(1)
  }).catch((err: unknown) => {
    log.fatal({ err }, 'the service could not start')
    process.exit(1)
  })

  let firstSignalAt: number | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstSignalAt !== null) {
      if (performance.now() - firstSignalAt < sameSignalMs) return
      log.warn({ signal }, 'second signal: ending at once')
      process.exit(1)
    }
    firstSignalAt = performance.now()
    service.stop().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'shutting down failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

main().catch((error: unknown) => {
  // Settings are for people to mend: the list of what is wrong, and no stack.
  console.error(error instanceof ConfigError ? error.message : error)
  process.exit(1)
})
