/** The available measurements, in the order in which they are taken. */
export const measurements = [
  'throughput',
  'publishing',
  'callbacks',
  'mode-2',
  'memory',
  'newcomers',
  'latency',
  'usual',
  'growth',
  'semi-space',
  'sending',
] as const
export type Measurement = (typeof measurements)[number]

/** A closed loop: each client has one delivery in flight. */
export interface LoopPlan {
  readonly clients: number
  readonly pairs: number
  readonly runInMs: number
  readonly windowMs: number
}

/** Memory: it counts as settled when it has not changed for `settleMs`. */
export interface MemoryPlan {
  readonly clients: number
  readonly pairs: number
  readonly settleMs: number
}

/** An open loop at a fixed number of deliveries per second. */
export interface RatePlan extends LoopPlan {
  readonly rate: number
}

/** One server at a time, with more and more clients, or with several flags. */
export interface SweepPlan extends LoopPlan, MemoryPlan {}

/**
 * The extent of each measurement. A pair is one round of the bare server and one of the service, or, of the ways to send,
 * one round of each.
 */
export interface Plan {
  readonly throughput: LoopPlan
  readonly publishing: LoopPlan
  readonly callbacks: LoopPlan
  readonly 'mode-2': SweepPlan
  readonly memory: MemoryPlan
  readonly newcomers: { readonly clients: number; readonly pairs: number }
  readonly latency: RatePlan
  /** An open loop at each of the rates, over the queue and over HTTP. */
  readonly usual: LoopPlan & { readonly rates: readonly number[] }
  /** The numbers of clients are those of `stages` up to `clients`. */
  readonly growth: SweepPlan & { readonly stages: readonly number[] }
  /** `--max-semi-space-size` in MiB; `rate` is that of the open loop. */
  readonly 'semi-space': SweepPlan & RatePlan & { readonly sizes: readonly number[] }
  readonly sending: RatePlan
}

const fullLoop: LoopPlan = { clients: 1_000, pairs: 3, runInMs: 3_000, windowMs: 6_000 }
const quickLoop: LoopPlan = { clients: 1_000, pairs: 1, runInMs: 1_000, windowMs: 1_500 }
const growthStages = [100, 300, 1_000, 3_000, 10_000, 18_000]

export const full: Plan = {
  throughput: fullLoop,
  publishing: fullLoop,
  callbacks: fullLoop,
  'mode-2': { clients: 2_000, pairs: 2, runInMs: 3_000, windowMs: 5_000, settleMs: 1_500 },
  memory: { clients: 10_000, pairs: 3, settleMs: 2_000 },
  newcomers: { clients: 10_000, pairs: 3 },
  latency: { clients: 5_000, rate: 5_000, pairs: 2, runInMs: 2_500, windowMs: 8_000 },
  usual: { clients: 5_000, rates: [2_000, 100], pairs: 2, runInMs: 2_500, windowMs: 7_000 },
  growth: { clients: 18_000, stages: growthStages, pairs: 1, runInMs: 1_500, windowMs: 3_000, settleMs: 1_000 },
  'semi-space': {
    ...{ clients: 10_000, sizes: [1, 2, 4, 8, 16, 32], rate: 2_000, pairs: 1 },
    ...{ runInMs: 2_000, windowMs: 5_000, settleMs: 1_500 },
  },
  // A rate that leaves even a busy machine idle for some of the time: each message is on its own, as with most senders.
  sending: { clients: 200, rate: 200, pairs: 4, runInMs: 2_500, windowMs: 8_000 },
}

/** Shorter, but with the same load, so that the numbers are still roughly comparable. */
export const quick: Plan = {
  throughput: quickLoop,
  publishing: quickLoop,
  callbacks: quickLoop,
  'mode-2': { clients: 300, pairs: 1, runInMs: 1_000, windowMs: 1_500, settleMs: 500 },
  memory: { clients: 3_000, pairs: 1, settleMs: 700 },
  newcomers: { clients: 2_000, pairs: 1 },
  latency: { clients: 3_000, rate: 3_000, pairs: 1, runInMs: 1_000, windowMs: 2_500 },
  usual: { clients: 2_000, rates: [1_000, 100], pairs: 1, runInMs: 500, windowMs: 1_500 },
  growth: { clients: 3_000, stages: growthStages, pairs: 1, runInMs: 500, windowMs: 1_000, settleMs: 300 },
  'semi-space': {
    ...{ clients: 2_000, sizes: [4, 16], rate: 1_000, pairs: 1 },
    ...{ runInMs: 500, windowMs: 1_500, settleMs: 500 },
  },
  sending: { clients: 100, rate: 100, pairs: 1, runInMs: 500, windowMs: 1_500 },
}

/** Descriptors that a process needs besides those of its clients, for files, the queue, the database and publishers. */
const spareFiles = 200
/** The sockets of the generator for each client: one for each server whose clients it has at the same time. */
const socketsPerClient: Readonly<Record<Measurement, number>> = {
  throughput: 2,
  publishing: 2,
  callbacks: 2,
  // Of both servers, and a receive of the service.
  'mode-2': 3,
  memory: 1,
  newcomers: 1,
  latency: 2,
  usual: 3,
  growth: 1,
  'semi-space': 1,
  sending: 1,
}

/** Returns the plan with no more clients than a process may have sockets, and a note for each reduction. */
export function fitToOpenFiles(plan: Plan, openFiles: number): { readonly plan: Plan; readonly notes: string[] } {
  const sockets = Math.max(2, openFiles - spareFiles)
  const notes: string[] = []
  const fitted = eachPart(plan, (name, part) => {
    const maxClients = Math.floor(sockets / socketsPerClient[name])
    if (part.clients <= maxClients) return part
    notes.push(
      `${name}: ${maxClients} clients instead of ${part.clients}, since a process may open ${openFiles} files (ulimit -n)`,
    )
    return { ...part, clients: maxClients }
  })
  return { plan: fitted, notes }
}

/** Returns the plan with this number of rounds in every measurement. */
export function withPairs(plan: Plan, pairs: number): Plan {
  return eachPart(plan, (_name, part) => ({ ...part, pairs }))
}

type Part = Plan[Measurement]

function eachPart(plan: Plan, change: (name: Measurement, part: Part) => Part): Plan {
  return Object.fromEntries(measurements.map((name) => [name, change(name, plan[name])])) as unknown as Plan
}
