/**
 * `npm run bench`: measures the service beside a bare `node:http` server, pair by pair, and the ways to send beside each
 * other, in one run. Exits with 0 if every delivery has arrived once, at the right client, and is acknowledged.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { bareTarget } from './bench/bare-target.ts'
import { clientQueueTarget } from './bench/client-queue-target.ts'
import { writeFigures } from './bench/figures.ts'
import { earlierClients } from './bench/newcomers.ts'
import { commandLine, type Options, optionsOf } from './bench/options.ts'
import { fitToOpenFiles } from './bench/plans.ts'
import { openFilesLimit } from './bench/process-usage.ts'
import { type Progress, progressOn } from './bench/progress.ts'
import { isFlawless, report } from './bench/report.ts'
import { type Results, thisMachine } from './bench/results.ts'
import { Accounts, type Bench, runLatency, runMemory, runNewcomers, runThroughput } from './bench/run.ts'
import { runGrowth, runSemiSpace, runUsual } from './bench/run-sweeps.ts'
import { startSendersTarget } from './bench/senders-target.ts'
import { runSending } from './bench/sending.ts'
import { serviceTarget } from './bench/service-target.ts'
import { countWrites } from './bench/stored-rows.ts'
import { storingTarget } from './bench/storing-target.ts'
import { mintTokens } from './bench/tokens.ts'
import { listenForInterruption } from './stack/interruption.ts'
import { startIssuer } from './stack/issuer.ts'
import { startPostgres } from './stack/postgres.ts'
import { keptSigningKey } from './stack/signing-key.ts'
import { temporaryFolder } from './stack/temporary-folder.ts'

// Exits at once instead of waiting for open handles: a failure may have left a server behind.
process.exit(await runCommand(commandLine, optionsOf, main))

async function main(options: Options): Promise<number> {
  if (process.platform !== 'linux') {
    console.error('npm run bench reads CPU time and memory from /proc, which only Linux has.')
    return exitCodes.failure
  }
  using interruption = listenForInterruption()
  try {
    const results = await run(options, progressOn(process.stderr, interruption.signal))
    console.log(report(results))
    if (options.isComplete) console.log(`\nWritten: ${(await writeFigures(results, options.isQuick)).join(', ')}`)
    if (options.jsonFile !== null) await writeFile(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`)
    return isFlawless(results.accounts) ? exitCodes.ok : exitCodes.failure
  } catch (error) {
    if (interruption.signal.aborted) {
      console.error('\nInterrupted; everything that was started has been stopped.')
      return exitCodes.interrupted
    }
    console.error(`\nThe benchmark failed: ${error instanceof Error ? error.message : error}`)
    return exitCodes.failure
  }
}

async function run(options: Options, progress: Progress): Promise<Results> {
  const { plan, notes } = fitToOpenFiles(options.plan, openFilesLimit())
  const machine = thisMachine()
  const wanted = (name: Options['only'][number]) => options.only.includes(name)
  await using undo = new AsyncDisposableStack()

  progress.step('starting PostgreSQL and an issuer of tokens')
  const { path: folder } = undo.use(await temporaryFolder())
  const key = await keptSigningKey(join(folder, 'signing-key.json'))
  const issuer = undo.use(await startIssuer(key, []))
  const postgres = undo.use(await startPostgres(join(folder, 'postgres'), { wanted: [], durable: false }))
  const leaving: Promise<void>[] = []
  undo.defer(async () => void (await Promise.allSettled(leaving)))
  progress.signal.throwIfAborted()

  const maxClients = Math.max(
    ...options.only.map((name) => plan[name].clients + (name === 'newcomers' ? earlierClients : 0)),
  )
  progress.step(`signing ${maxClients.toLocaleString('en')} tokens`)
  const tokens = await mintTokens(key, maxClients)
  progress.result('done')

  const needs = { postgres, issuer, tokens, key, nodeFlags: options.nodeFlags }
  const bench: Bench = {
    targets: {
      bare: bareTarget(tokens),
      service: serviceTarget(needs),
      publishing: storingTarget(needs, 'publication'),
      callbacks: storingTarget(needs, 'callback'),
      'mode-2': clientQueueTarget(needs),
    },
    accounts: new Accounts(),
    progress,
    leaving,
  }
  /** Returns the result of a measurement that is wanted, or else that of none. */
  const when = async <Result>(name: Options['only'][number], measure: () => Promise<Result>, none: Result) =>
    wanted(name) ? await measure() : none
  const withFlags = (nodeFlags: readonly string[]) => serviceTarget({ ...needs, nodeFlags })
  const written = countWrites(postgres, undo)
  return {
    machine,
    options: { ...options, plan },
    notes: [
      ...(options.nodeFlags.length === 0 ? [] : [`The service runs with ${options.nodeFlags.join(' ')}.`]),
      ...notes,
    ],
    throughput: await when('throughput', () => runThroughput(bench, 'service', plan.throughput), []),
    publishing: await when('publishing', () => runThroughput(bench, 'publishing', plan.publishing), []),
    callbacks: await when('callbacks', () => runThroughput(bench, 'callbacks', plan.callbacks), []),
    mode2: {
      throughput: await when('mode-2', () => runThroughput(bench, 'mode-2', plan['mode-2']), []),
      memory: await when('mode-2', () => runMemory(bench, 'mode-2', plan['mode-2']), []),
    },
    memory: await when('memory', () => runMemory(bench, 'service', plan.memory), []),
    newcomers: await when('newcomers', () => runNewcomers(bench, plan.newcomers, written), []),
    latency: await when('latency', () => runLatency(bench, plan.latency), []),
    usual: await when('usual', () => runUsual(bench, plan.usual), []),
    growth: await when('growth', () => runGrowth(bench, plan.growth), null),
    semiSpace: await when('semi-space', () => runSemiSpace(bench, plan['semi-space'], withFlags), null),
    sending: await when('sending', () => runSending(bench, () => startSendersTarget(needs), plan.sending), []),
    accounts: bench.accounts.total,
  }
}
