/**
 * `npm test`: runs the tests with tap and ends with a plain line of counts and tap's exit code. What follows
 * `npm test --` goes to tap: files, or options such as `--coverage-report=text`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startSharedPostgres } from '../test/support/postgres.ts'
import { ward } from './stack/last-resort.ts'
import { projectFolder } from './stack/service.ts'
import { temporaryFolder } from './stack/temporary-folder.ts'
import { TapReport } from './test/tap-report.ts'

/** Test files at once: half of them wait at any moment, and more would only make each other late. */
const jobs = process.env.TEST_JOBS ?? 3

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const report = new TapReport((line) => console.log(line))
  let code = 1
  try {
    await using undo = new AsyncDisposableStack()
    // All that tests leave behind is in there, and goes with it.
    const { path } = undo.use(await temporaryFolder())
    process.env.TMPDIR = path
    const postgres = undo.use(await startSharedPostgres())
    code = await run(args, { ...process.env, ...postgres.env, NODE_COMPILE_CACHE: join(path, 'compiled') }, report)
  } catch (error) {
    console.error(`The tests were not run: ${error instanceof Error ? error.message : error}`)
    report.counts.failed += 1
  }
  const { passed, failed, skipped } = report.counts
  if (passed + failed === 0) console.error('No test has run.')
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return code === 0 && passed + failed > 0 && failed === 0 ? 0 : code || 1
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv, report: TapReport): Promise<number> {
  const measuresCoverage = args.some((arg) => /^--(coverage|show-full-coverage|allow-|browser)/.test(arg))
  const options = [
    'run',
    '--reporter=tap',
    `--jobs=${jobs}`,
    ...(measuresCoverage ? [] : ['--disable-coverage']),
    ...args,
  ]
  const tap = ward(
    spawn(process.execPath, [join(projectFolder, 'node_modules', '.bin', 'tap'), ...options], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      // The leader of a group, so that its tests end with it when it is killed.
      detached: true,
    }),
  )
  const exited = once(tap, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tap.kill(signal))
  exited.then(() => endGroup(tap))
  for await (const line of createInterface({ input: tap.stdout })) report.line(line)
  const [code, signal] = await exited
  if (signal) console.error(`tap was ended by ${signal}`)
  return code ?? 1
}

/** Tests that tap has left behind, as it does when it is killed. */
function endGroup({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // There are none.
  }
}
