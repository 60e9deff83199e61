import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../scripts/stack/until.ts'
import { Clients } from './clients/clients.ts'
import { connectionFaults } from './faults/connection-faults.ts'
import { Havoc, type PlannedFault, plan } from './faults/havoc.ts'
import { instanceFaults } from './faults/instance-faults.ts'
import { sqsFaults } from './faults/sqs-faults.ts'
import { Lateness } from './lateness.ts'
import type { Options } from './options.ts'
import { Publishing } from './publishing/publishing.ts'
import { Random } from './random.ts'
import { LookUps } from './receipts/look-ups.ts'
import { readReceipts } from './receipts/receipt-queue.ts'
import { puzzlesOf, type Result } from './result.ts'
import { setStage } from './stage.ts'

/** Every accepted notification must have come to rest by then: a fence, a drain and some leases after the last fault. */
const quietMs = 90_000
/** How long publishers go on trying what nobody has accepted when everything is well again. */
const finishMs = 20_000
/** An event that could not be sent is sent again after pauses that double; one that is still owed then is left. */
const owedMs = 90_000
/** Between the last delivery and its acknowledgement's having arrived everywhere. */
const acknowledgedMs = 2_000
/** How long a message may be hidden that nobody wants any more. */
const hiddenMs = 8_000
const progressMs = 3_000

export interface Surroundings {
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** Instead of the plan that the seed gives. */
  readonly plan?: readonly PlannedFault[]
  /** Waits for nothing that can be had sooner without changing what is tested. */
  readonly hurried?: boolean
}

/** Chaos, peace, and the account of it. */
export async function run(
  options: Options,
  { signal, say, plan: given, hurried = false }: Surroundings,
): Promise<Result> {
  await using undo = new AsyncDisposableStack()
  const began = performance.now()
  const random = new Random(options.seed)
  const folder = await mkdtemp(join(tmpdir(), 'notification-service-chaos-'))
  await chmod(folder, 0o711)
  const stage = await setStage(undo, { options, folder, hurried })
  const { world, sqs, instances, urls, ledger, absent, sleeping, sleepers, tokens, publisherToken } = stage
  signal.throwIfAborted()

  const clients = new Clients(stage.clients, tokens, options.seed, ledger)
  undo.defer(() => clients.leave())
  const lookUps = new LookUps({
    urls,
    token: publisherToken,
    random: new Random(~options.seed),
    ledger: ledger.receipts,
  })
  const publishing = new Publishing({
    ledger,
    random,
    rate: options.rate,
    publishers: world.publishers,
    clients: clients.ids,
    absent,
    sleeping,
    lookUps: world.receipts === null ? null : lookUps,
  })
  undo.defer(() => publishing.finish(0))
  const faults = {
    ...instanceFaults({ instances, ledger, random, onKilled: world.onKilled }),
    ...sqsFaults({ sqs, ledger }),
    ...connectionFaults({ clients, random }),
    ...world.faults,
  }
  const havoc = new Havoc(faults, random)
  undo.defer(() => havoc.heal())

  clients.go(urls())
  let phase = 'chaos'
  const watching = new AbortController()
  undo.defer(async () => watching.abort())
  const watched = [
    // Calls to SQS pass through this thread: when it is late, they are.
    new Lateness().watch(watching.signal, (ms) => ledger.late(ms)),
    sqs.watch(watching.signal, (ms) => ledger.late(ms)),
    readReceipts(sqs, ledger.receipts, watching.signal),
    every(progressMs, watching.signal, () => {
      clients.go(urls())
      const { accepted, delivered, outstanding, duplicated } = ledger
      const seconds = Math.round((performance.now() - began) / 1_000)
      say(
        `${seconds} s  ${phase}: ${accepted} accepted, ${delivered} delivered, ${outstanding} on their way, ` +
          `${duplicated} copies; instances ${instances.map(({ state }) => state).join(', ')}`,
      )
    }),
  ]
  const published = publishing.run(signal)
  const looking = new AbortController()
  undo.defer(async () => looking.abort())
  const looked = lookUps.run(looking.signal)
  await havoc.run(given ?? plan(faults, new Random(options.seed), options.chaosMs), options.chaosMs, signal)
  signal.throwIfAborted()

  phase = 'peace'
  await havoc.heal()
  clients.go(urls())
  await publishing.finish(finishMs)
  await published
  await until(() => ledger.outstanding === 0, { withinMs: quietMs, everyMs: 100, signal })
  await pause(acknowledgedMs)
  await until(() => ledger.owed === 0, { withinMs: owedMs, everyMs: 100, signal })
  looking.abort()

  phase = 'leaving'
  sleepers.leave()
  await clients.leave()
  const afterClients = await world.afterClients(signal)
  await Promise.all(instances.map((instance) => instance.stop()))
  const afterInstances = await world.afterInstances()
  phase = 'counting'
  const queued = await sqs.takeWaiting(hiddenMs)
  const waiting = new Set([...queued.keys(), ...(await world.waiting())])
  watching.abort()
  await Promise.all([...watched, looked])
  for (const { addressee, id, state, by, isUnsent } of (await world.receipts?.()) ?? []) {
    ledger.receipts.told(addressee, id, { way: 'table', state, by })
    if (isUnsent) ledger.receipts.unsent(addressee, id)
  }
  const account = ledger.close(
    { waiting, deadLetters: await sqs.takeDeadLetters(), hopsOf: (id) => queued.get(id) ?? 0 },
    { isStored: world.receipts !== null, mannerOf: (clientId) => clients.mannerOf(clientId) },
  )
  const sum = (what: 'stuck' | 'crashed') => instances.reduce((total, instance) => total + instance[what], 0)
  const puzzling = new Set(puzzlesOf(account).flat())
  const refused = sleepers.refused()
  return {
    account,
    faults: havoc.counts,
    remains: [
      ...afterClients,
      ...afterInstances,
      { name: 'pushes refused', count: refused.length, ...(refused[0] ? { remark: refused[0] } : {}), allowed: false },
    ],
    woken: sleepers.woken(),
    stuck: sum('stuck'),
    crashed: sum('crashed'),
    errors: added(instances.map(({ errors }) => errors)),
    stories: [...puzzling].map((id) => ledger.describe(id, began)),
    logFolder: folder,
  }
}

/** Removes what a run has kept for the case that it needs an explanation. */
export async function forget({ logFolder }: Result): Promise<void> {
  await rm(logFolder, { recursive: true, force: true })
}

function added(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sum = new Map<string, number>()
  for (const [name, count] of counts.flatMap((map) => [...map])) sum.set(name, (sum.get(name) ?? 0) + count)
  return sum
}

async function every(ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, undefined, { signal }).catch(() => {})
    if (!signal.aborted) work()
  }
}
