/** The available measurements, in the order in which they are taken. */
export const measurements = ['throughput', 'publishing', 'callbacks', 'memory', 'latency', 'sending'] as const
export type Measurement = (typeof measurements)[number]

/** A closed loop: each client has one delivery in flight. */
export interface LoopPlan {
  readonly clients: number
  readonly pairs: number
  readonly runInMs: number
  readonly windowMs: number
}

/** An open loop at a fixed number of deliveries per second. */
export interface RatePlan extends LoopPlan {
  readonly rate: number
}

/**
 * The extent of each measurement. A pair is one round of the bare server and one of the service, or, of the ways to send,
 * one round of each.
 */
export interface Plan {
  readonly throughput: LoopPlan
  readonly publishing: LoopPlan
  readonly callbacks: LoopPlan
  readonly memory: { readonly clients: number; readonly pairs: number; readonly settleMs: number }
  readonly latency: RatePlan
  readonly sending: RatePlan
}

const fullLoop: LoopPlan = { clients: 1_000, pairs: 3, runInMs: 3_000, windowMs: 6_000 }
const quickLoop: LoopPlan = { clients: 1_000, pairs: 1, runInMs: 1_500, windowMs: 2_000 }

export const full: Plan = {
  throughput: fullLoop,
  publishing: fullLoop,
  callbacks: fullLoop,
  memory: { clients: 10_000, pairs: 3, settleMs: 2_000 },
  latency: { clients: 5_000, rate: 5_000, pairs: 3, runInMs: 2_500, windowMs: 8_000 },
  // A rate that leaves even a busy machine idle for some of the time: each message is on its own, as with most senders.
  sending: { clients: 200, rate: 200, pairs: 4, runInMs: 2_500, windowMs: 8_000 },
}

/** Shorter, but with the same load, so that the numbers are still roughly comparable. */
export const quick: Plan = {
  throughput: { ...quickLoop, pairs: 2 },
  publishing: quickLoop,
  callbacks: quickLoop,
  memory: { clients: 3_000, pairs: 1, settleMs: 1_200 },
  latency: { clients: 3_000, rate: 3_000, pairs: 1, runInMs: 1_500, windowMs: 3_500 },
  sending: { clients: 100, rate: 100, pairs: 1, runInMs: 1_500, windowMs: 3_500 },
}

/** Descriptors that a process needs besides those of its clients, for files, the queue, the database and publishers. */
const spareFiles = 200
/** Measurements in which the generator has the clients of one server at a time; in the others, of both. */
const oneServer: ReadonlySet<Measurement> = new Set<Measurement>(['memory', 'sending'])

/** Returns the plan with no more clients than a process may have sockets, and a note for each reduction. */
export function fitToOpenFiles(plan: Plan, openFiles: number): { readonly plan: Plan; readonly notes: string[] } {
  const sockets = Math.max(2, openFiles - spareFiles)
  const notes: string[] = []
  const fitted = eachPart(plan, (name, part) => {
    const maxClients = Math.floor(sockets / (oneServer.has(name) ? 1 : 2))
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
