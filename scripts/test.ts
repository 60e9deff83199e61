/**
 * `npm test`: runs the tests with tap and ends with a plain line of counts and tap's exit code. What follows
 * `npm test --` goes to tap: files, or options such as `--coverage-report=text`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectFolder } from './stack/service.ts'
import { TapReport } from './test/tap-report.ts'

/** A test file may run a database and services: more files at once than this only make each other late. */
const maxJobs = 2

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const measuresCoverage = args.some((arg) => /^--(coverage|show-full-coverage|allow-|browser)/.test(arg))
  const options = [
    'run',
    '--reporter=tap',
    `--jobs=${Math.min(maxJobs, availableParallelism())}`,
    ...(measuresCoverage ? [] : ['--disable-coverage']),
    ...args,
  ]
  // The terminal's Ctrl-C reaches tap as well; it ends its tests, and then we end with its exit code.
  process.on('SIGINT', () => {})
  const tap = spawn(process.execPath, [join(projectFolder, 'node_modules', '.bin', 'tap'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.on('SIGTERM', () => tap.kill('SIGTERM'))
  const closed = once(tap, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const report = new TapReport((line) => console.log(line))
  for await (const line of createInterface({ input: tap.stdout })) report.line(line)
  const [code, signal] = await closed

  const { passed, failed, skipped } = report.counts
  if (signal) console.error(`tap was ended by ${signal}`)
  if (passed + failed === 0) console.error('No test has run.')
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return code === 0 && passed + failed > 0 && failed === 0 ? 0 : code || 1
}
