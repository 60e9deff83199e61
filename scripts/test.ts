/**
 * `npm test`: runs the tests with tap, prints a line of counts at the end, and exits with tap's exit code. Arguments
 * after `npm test --` are passed to tap: files, or options such as `--coverage-report=text`. `--all` stands for all
 * files, long runs included. `--second-run` runs suites that failed once more, alone; the report names them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sharedSigningKey } from '../test/support/issuer.ts'
import { startSharedPostgres } from '../test/support/postgres.ts'
import { ward } from './stack/last-resort.ts'
import { projectFolder } from './stack/project.ts'
import { temporaryFolder } from './stack/temporary-folder.ts'
import { TapReport } from './test/tap-report.ts'

/** The number of test files that run at once. About half of them wait at any moment; more would delay each other. */
const jobs = process.env.TEST_JOBS ?? 3

/**
 * The number of suites that may run once more. Two or three of some two hundred may be victims of a busy machine; more
 * failures have a cause.
 */
const maxSecondRuns = 3

const secondRun = '--second-run'
const given = process.argv.slice(2)
process.exitCode = await main(
  given.filter((arg) => arg !== secondRun).flatMap((arg) => (arg === '--all' ? allFiles() : [arg])),
  given.includes(secondRun) ? maxSecondRuns : 0,
)

function allFiles(): string[] {
  return globSync('test/**/*.{test,long}.ts', { cwd: projectFolder })
}

async function main(args: readonly string[], mayRunAgain: number): Promise<number> {
  const report = new TapReport((line) => console.log(line))
  let code = 1
  try {
    await using undo = new AsyncDisposableStack()
    // The temporary files of all tests are in this folder, and are removed with it.
    const { path } = undo.use(await temporaryFolder())
    process.env.TMPDIR = path
    const compiled = join(path, 'compiled')
    const [postgres] = await Promise.all([startSharedPostgres(), compileService(compiled)])
    undo.use(postgres)
    const shared = { ...postgres.env, ...sharedSigningKey(), NODE_COMPILE_CACHE: compiled }
    const env = { ...process.env, ...shared }
    code = await run(args, env, report)
    const { failedFiles: files } = report
    if (code !== 0 && files.length > 0 && files.length <= mayRunAgain) {
      console.log(`\nOnce more, alone: ${files.join(', ')}`)
      const { failed } = report.counts
      report.startAgain()
      code = await run(['--jobs=1', ...files], env, report)
      console.log(`Failed checks: ${failed} in the first run, ${report.counts.failed} when nothing else ran.`)
    }
  } catch (error) {
    console.error(`The tests were not run. ${error instanceof Error ? error.message : error}`)
    report.counts.failed += 1
  }
  const { passed, failed, skipped } = report.counts
  if (passed + failed === 0) console.error('No test has run.')
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return code === 0 && passed + failed > 0 && failed === 0 ? 0 : code || 1
}

/** Fills the cache of compiled code for the instances of all tests: most of them are killed, and write nothing to it. */
async function compileService(cache: string): Promise<void> {
  const service = new URL('../src/service.ts', import.meta.url).href
  const child = ward(
    spawn(process.execPath, ['--input-type=module', '-e', `await import('${service}')`], {
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
      stdio: 'ignore',
    }),
  )
  await once(child, 'exit')
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv, report: TapReport): Promise<number> {
  const measuresCoverage = args.some((arg) => /^--(coverage|show-full-coverage|allow-|browser)/.test(arg))
  const options = [
    'run',
    '--reporter=tap',
    ...(args.some((arg) => arg.startsWith('--jobs=')) ? [] : [`--jobs=${jobs}`]),
    ...(measuresCoverage ? [] : ['--disable-coverage']),
    ...args,
  ]
  const tap = ward(
    spawn(process.execPath, [join(projectFolder, 'node_modules', '.bin', 'tap'), ...options], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      // The leader of a process group, so that its tests can be killed when it is.
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

/** Kills the tests that tap has left behind, as it does when it is killed. */
function endGroup({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}
