import { Fleet } from './fleet.ts'
import { type Latency, measureLatency } from './latency.ts'
import type { Account } from './ledger.ts'
import { type Memory, measureMemory } from './memory.ts'
import { measureNewcomers, type Newcomers } from './newcomers.ts'
import type { LoopPlan, MemoryPlan, Plan, RatePlan } from './plans.ts'
import type { Progress } from './progress.ts'
import type { Pair, Results } from './results.ts'
import type { StartTarget } from './target.ts'
import { measureThroughput, type Throughput } from './throughput.ts'

type Name = keyof Pair<unknown>
/** The bare server, and the service as it is fed in each of the closed loops. */
type Targets = Readonly<Record<'bare' | Fed, StartTarget>>
/** The ways in which the service is fed: by its queue, by publications, by callbacks, or in mode 2 by a queue of each client. */
export type Fed = 'service' | 'publishing' | 'callbacks' | 'mode-2'

/** The accounts of all deliveries, in all rounds of all measurements. */
export class Accounts {
  readonly all: Record<Name, Account> = { bare: nothing, service: nothing }
  unacknowledged = 0

  add(name: Name, account: Account): void {
    const sum = this.all[name]
    this.all[name] = {
      published: sum.published + account.published,
      delivered: sum.delivered + account.delivered,
      lost: sum.lost + account.lost,
      duplicated: sum.duplicated + account.duplicated,
      misdelivered: sum.misdelivered + account.misdelivered,
    }
  }

  get total(): Results['accounts'] {
    return { bare: this.all.bare, service: { ...this.all.service, unacknowledged: this.unacknowledged } }
  }
}

const nothing: Account = { published: 0, delivered: 0, lost: 0, duplicated: 0, misdelivered: 0 }

/** The parts that a measurement needs besides its plan. */
export interface Bench {
  readonly targets: Targets
  readonly accounts: Accounts
  readonly progress: Progress
  /** Servers that are shutting down. The service takes its time, so only the end of the run waits for them. */
  readonly leaving: Promise<void>[]
}

/** Measures the closed loop of the service as it is fed in this way. */
export function runThroughput(bench: Bench, fed: Fed, plan: LoopPlan): Promise<Pair<Throughput>[]> {
  const words = ({ deliveriesPerSecond, deliveriesPerCpuSecond, p99 }: Throughput) =>
    `${number(deliveriesPerSecond)} deliveries/s, ${number(deliveriesPerCpuSecond)} per CPU second, p99 ${number(p99)} ms`
  const measurement = { name: fed === 'service' ? 'throughput' : fed, fed, words }
  return withFleets(bench, plan, measurement, (fleet) => measureThroughput(fleet, plan, bench.progress))
}

export function runLatency(bench: Bench, plan: RatePlan): Promise<Pair<Latency>[]> {
  const words = ({ p50, p99 }: Latency) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  const measurement = { name: 'latency', fed: 'service', words } as const
  return withFleets(bench, plan, measurement, (fleet) => measureLatency(fleet, plan, bench.progress))
}

/** Measures a fresh process in each round, because a process seldom gives memory back. */
export function runMemory(
  { targets, accounts, progress, leaving }: Bench,
  fed: 'service' | 'mode-2',
  plan: MemoryPlan,
): Promise<Pair<Memory>[]> {
  return inPairs(plan.pairs, async (name, pair) => {
    progress.step(`${fed === 'service' ? '' : `${fed}, `}memory ${pair} of ${plan.pairs}, ${name}`)
    const start = targets[name === 'bare' ? name : fed]
    const { memory, accounts: found, unacknowledged } = await measureMemory(start, plan, progress, leaving)
    for (const account of found) accounts.add(name, account)
    accounts.unacknowledged += unacknowledged
    progress.result(`${memory.kiBPerPoll.toFixed(1)} KiB per held poll`)
    return memory
  })
}

/** Measures newcomers at a fresh process in each round, which has seen none of their tokens. */
export function runNewcomers(
  { targets, accounts, progress, leaving }: Bench,
  plan: Plan['newcomers'],
  countWrites: () => Promise<number>,
): Promise<Pair<Newcomers>[]> {
  return inPairs(plan.pairs, async (name, pair) => {
    progress.step(`newcomers ${pair} of ${plan.pairs}, ${name}`)
    const { newcomers, account } = await measureNewcomers(targets[name], plan, { progress, leaving, countWrites })
    accounts.add(name, account)
    const { first, again } = newcomers
    progress.result(`${first.cpuSeconds.toFixed(2)} CPU s, again ${again.cpuSeconds.toFixed(2)} CPU s`)
    return newcomers
  })
}

/** Measures both servers in turn. Both run all the time; the one that is not being measured holds its polls. */
async function withFleets<Round>(
  { targets, accounts, progress, leaving }: Bench,
  { clients, pairs }: { readonly clients: number; readonly pairs: number },
  { name: measurement, fed, words }: { readonly name: string; readonly fed: Fed; words(round: Round): string },
  measure: (fleet: Fleet) => Promise<Round>,
): Promise<Pair<Round>[]> {
  await using started = new AsyncDisposableStack()
  const open = async (name: Name): Promise<Fleet> => {
    progress.step(`${measurement}, ${name}: starting, ${number(clients)} clients`)
    const target = await targets[name === 'bare' ? name : fed]()
    started.defer(() => void leaving.push(target.stop()))
    const fleet = new Fleet(target, clients)
    started.defer(() => fleet.close())
    await fleet.connect(clients)
    return fleet
  }
  const fleets = { bare: await open('bare'), service: await open('service') }
  const rounds = await inPairs(pairs, async (name, pair) => {
    progress.step(`${measurement} ${pair} of ${pairs}, ${name}`)
    const round = await measure(fleets[name])
    await fleets[name].settle(progress.signal)
    progress.result(words(round))
    return round
  })
  for (const name of ['bare', 'service'] as const) accounts.add(name, fleets[name].ledger.close())
  accounts.unacknowledged += await fleets.service.target.unacknowledged()
  return rounds
}

/** Alternates the order, so that a machine that gets slower or faster favours neither. */
async function inPairs<Round>(
  pairs: number,
  measure: (name: Name, pair: number) => Promise<Round>,
): Promise<Pair<Round>[]> {
  const rounds: Pair<Round>[] = []
  for (let pair = 1; pair <= pairs; pair++) {
    if (pair % 2 === 1) {
      const bare = await measure('bare', pair)
      rounds.push({ bare, service: await measure('service', pair) })
    } else {
      const service = await measure('service', pair)
      rounds.push({ service, bare: await measure('bare', pair) })
    }
  }
  return rounds
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en')
}
