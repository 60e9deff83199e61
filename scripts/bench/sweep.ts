import { Fleet } from './fleet.ts'
import { type Latency, measureLatency } from './latency.ts'
import type { Account } from './ledger.ts'
import { settledKiB, warmUpClients, warmUpWith } from './memory.ts'
import type { Plan } from './plans.ts'
import type { Progress } from './progress.ts'
import type { StartTarget, Target } from './target.ts'
import { measureThroughput, type Throughput } from './throughput.ts'

/** A server with so many held polls. */
export interface Stage extends Throughput {
  readonly clients: number
  /** The memory of its process, with all of them. */
  readonly residentKiB: number
}

/** A server with one size of the young generation. */
export interface Sized {
  readonly kiBPerPoll: number
  readonly load: Throughput
  readonly latency: Latency
}

/** The deliveries in flight at the same time in a closed loop with many clients. */
const inFlight = 1_000

interface Around {
  readonly progress: Progress
  readonly leaving: Promise<void>[]
  readonly onAccount: (account: Account) => void
}

/** Measures one server with more and more clients: its memory, and a closed loop over all of them. */
export function measureGrowth(start: StartTarget, plan: Plan['growth'], around: Around): Promise<Stage[]> {
  return withServer(start, plan.clients, around, async (fleet) => {
    const stages: Stage[] = []
    for (const clients of plan.stages.filter((stage) => stage <= plan.clients)) {
      around.progress.state(`connecting ${clients.toLocaleString('en')} clients`)
      await fleet.connect(clients - fleet.clients)
      const residentKiB = await settledKiB(fleet.target.pids, plan.settleMs, around.progress)
      const load = await measureThroughput(fleet, { ...plan, clients: Math.min(clients, inFlight) }, around.progress)
      await fleet.settle(around.progress.signal)
      stages.push({ ...load, clients, residentKiB })
    }
    return stages
  })
}

/** Measures one server: the memory of its held polls, a closed loop, and an open loop. */
export function measureSized(start: StartTarget, plan: Plan['semi-space'], around: Around): Promise<Sized> {
  return withServer(start, plan.clients, around, async (fleet) => {
    const { progress } = around
    const emptyKiB = await settledKiB(fleet.target.pids, plan.settleMs, progress)
    await fleet.connect(plan.clients)
    const heldKiB = await settledKiB(fleet.target.pids, plan.settleMs, progress)
    const load = await measureThroughput(fleet, { ...plan, clients: Math.min(plan.clients, inFlight) }, progress)
    await fleet.settle(progress.signal)
    const latency = await measureLatency(fleet, plan, progress)
    await fleet.settle(progress.signal)
    return { kiBPerPoll: (heldKiB - emptyKiB) / plan.clients, load, latency }
  })
}

async function withServer<Measured>(
  start: StartTarget,
  clients: number,
  { progress, leaving, onAccount }: Around,
  measure: (fleet: Fleet) => Promise<Measured>,
): Promise<Measured> {
  const target: Target = await start()
  const warmUp = new Fleet(target, warmUpClients)
  const fleet = new Fleet(target, clients)
  try {
    progress.state('warming up')
    await warmUpWith(warmUp, progress)
    const measured = await measure(fleet)
    for (const { ledger } of [warmUp, fleet]) onAccount(ledger.close())
    return measured
  } finally {
    warmUp.close()
    fleet.close()
    leaving.push(target.stop())
  }
}
