/**
 * `npm test`: runs the tests, prints a line of counts at the end, and exits with 0 when none has failed. After
 * `npm test --` come files, or options of tap such as `--coverage-report=text`, with which tap runs the files. `--all`
 * stands for all files, long runs included. `--second-run` runs suites that failed once more, alone; the report names
 * them.
 */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand, wholeNumber } from '../src/command-line.ts'
import { sharedSigningKey } from '../test/support/issuer.ts'
import { startSharedPostgres } from '../test/support/postgres.ts'
import { unusedData } from './stack/postgres-data.ts'
import { projectFolder } from './stack/project.ts'
import { temporaryFolder } from './stack/temporary-folder.ts'
import { oneMode } from './test/one-mode.ts'
import { TapReport } from './test/tap-report.ts'
import { runTap } from './test/tap-run.ts'
import { runTestFiles } from './test/test-files.ts'
import { runTestFile } from './test/test-process.ts'

/** The number of test files that run at once on two cores. A file waits for three quarters of its time. */
const defaultJobs = process.env.TEST_JOBS ?? '7'

/**
 * The number of suites that may run once more. Two or three of some two hundred may be victims of a busy machine; more
 * failures have a cause.
 */
const maxSecondRuns = 3

/** Fills the cache of compiled code: an instance then takes two thirds of the CPU time to start. */
const firstRun = 'test/support/first-run.ts'
/** So many files are done sooner without it. */
const fewFiles = 6

/** The suites by how long they take, from most of a minute to a second; most of that time they wait. */
const suitesByTime = [
  /^test\/(?:browser|chaos|docs|operations|torture|tracing)\//,
  /^test\/(?:clients\/javascript\/service|field\/addresses|hostile\/(?:leased-memory|pipelining)|proxy\/nginx-outages)\./,
  /^test\/service\/(?:client-queue|database-outage|death|gateway-relay|hang-up|leaving|streams)\./,
  /^test\/(?:field|image|listen|proxy|publisher|simulation)\//,
  /^test\/(?:hostile|scripts|service)\//,
  /^test\/(?:adapters\/(?:otlp|postgres|sqs)|clients|dead-letters)\//,
]

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort(signal))

process.exitCode = await runCommand(
  {
    name: 'npm test',
    about: 'Runs the tests; files and patterns choose some of them, and options of tap are passed on to it.',
    operands: [{ name: 'FILES', about: 'tests, instead of all but the long runs', isOptional: true }],
    options: {
      all: { about: 'all tests, long runs included' },
      'second-run': { about: 'run suites that failed once more, alone' },
      jobs: { about: 'the number of files that run at once', value: 'N', fallback: defaultJobs },
    },
    passesOn: true,
  },
  ({ values, operands }) => ({
    args: [...(values.all ? allFiles() : []), ...operands],
    jobs: wholeNumber('jobs', values.jobs, { from: 1, to: 99 }),
    mayRunAgain: values['second-run'] ? maxSecondRuns : 0,
  }),
  main,
)

interface Asked {
  /** Files, patterns, and options of tap. */
  readonly args: readonly string[]
  readonly jobs: number
  readonly mayRunAgain: number
}

function allFiles(): string[] {
  return longestFirst(globSync('test/**/*.{test,long}.ts', { cwd: projectFolder }))
}

function isLong(file: string): boolean {
  return file.endsWith('.long.ts')
}

/** Puts the files first that take longest, so that none of them is left to run alone at the end. */
function longestFirst(files: readonly string[]): string[] {
  const rankOf = (file: string) => {
    const rank = suitesByTime.findIndex((suites) => suites.test(file))
    return rank < 0 ? suitesByTime.length : rank
  }
  return files.toSorted((a, b) => rankOf(a) - rankOf(b))
}

async function main({ args, jobs, mayRunAgain }: Asked): Promise<number> {
  const report = new TapReport((line) => console.log(line))
  let code = 1
  try {
    await using undo = new AsyncDisposableStack()
    // The temporary files of all tests are in this folder, and are removed with it.
    const { path } = undo.use(await temporaryFolder())
    process.env.TMPDIR = path
    process.env[unusedData] ??= join(path, 'postgres-data')
    const postgres = undo.use(await startSharedPostgres())
    const shared = { ...postgres.env, ...sharedSigningKey(), NODE_COMPILE_CACHE: join(path, 'compiled') }
    const env = { ...process.env, ...shared, ...(args.length === 0 ? { [oneMode]: '1' } : {}) }
    code = await run(args, { env, jobs, report })
    const { failedFiles: files } = report
    if (code !== 0 && files.length > 0 && files.length <= mayRunAgain) {
      console.log(`\nOnce more, alone: ${files.join(', ')}`)
      const { failed } = report.counts
      report.startAgain()
      code = await run(files, { env, jobs: 1, report })
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

interface Run {
  readonly env: NodeJS.ProcessEnv
  readonly jobs: number
  readonly report: TapReport
}

/** Runs the tests, with tap where options are given that only tap knows. Resolves with the exit code. */
async function run(args: readonly string[], { env, jobs, report }: Run): Promise<number> {
  const options = { env, signal: interruption.signal, onLine: (line: string) => report.line(line) }
  if (args.some((arg) => arg.startsWith('-'))) {
    const measuresCoverage = args.some((arg) => /^--(coverage|show-full-coverage|allow-|browser)/.test(arg))
    return runTap([`--jobs=${jobs}`, ...(measuresCoverage ? [] : ['--disable-coverage']), ...args], options)
  }
  const files = filesOf(args)
  // Where it fails, the suites say why.
  if (files.length > fewFiles) await runTestFile(firstRun, env, interruption.signal)
  // A long run keeps several processes or threads busy by itself, and half of them bound times.
  const [long, short] = [files.filter(isLong), files.filter((file) => !isLong(file))]
  const longRuns = await runTestFiles(long, { ...options, jobs: Math.max(1, Math.floor(jobs / 2)) })
  const { ok } = await runTestFiles(short, { ...options, jobs })
  return ok && longRuns.ok ? 0 : 1
}

/** Returns the files that these names or patterns stand for; without any, those of `npm test`. */
function filesOf(patterns: readonly string[]): readonly string[] {
  const found = (pattern: string) => globSync(pattern, { cwd: projectFolder })
  if (patterns.length === 0) return longestFirst(found('test/**/*.test.ts'))
  for (const pattern of patterns) if (found(pattern).length === 0) console.error(`There is no test file ${pattern}.`)
  return patterns.flatMap(found)
}
