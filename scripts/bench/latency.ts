import type { Fleet } from './fleet.ts'
import { type Load, meter } from './meter.ts'
import type { RatePlan } from './plans.ts'
import type { Progress } from './progress.ts'
import { percentile } from './statistics.ts'
import { watch } from './throughput.ts'

/** The latencies of deliveries, in milliseconds. */
export interface Latency extends Load {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly longest: number
  /** The 99th percentile of the generator's own lateness, which is part of the latencies. */
  readonly generatorLateP99: number
}

/**
 * Measures latency at a fixed rate, independent of the server. A delivery is timed from the moment at which it should
 * have been published, so that a pause of the server, or of the generator, counts for all deliveries that waited
 * meanwhile.
 */
export async function measureLatency(fleet: Fleet, plan: RatePlan, progress: Progress): Promise<Latency> {
  const took: number[] = []
  let timing = false
  const pacer = new Pacer(fleet, plan)
  fleet.onDelivered = (client, number) => {
    if (timing) took.push(performance.now() - pacer.dueAt(client, number))
  }
  try {
    await watch(fleet, plan.runInMs, progress)
    timing = true
    pacer.late.length = 0
    const stop = meter(fleet)
    await watch(fleet, plan.windowMs, progress)
    const load = stop()
    timing = false
    return {
      ...load,
      p50: percentile(took, 0.5),
      p99: percentile(took, 0.99),
      p999: percentile(took, 0.999),
      longest: percentile(took, 1),
      generatorLateP99: percentile(pacer.late, 0.99),
    }
  } finally {
    pacer.stop()
  }
}

/** The interval between two checks for due deliveries: Node.js has no finer timers. */
const tickMs = 1

/** Publishes to one client after the other, at a rate. Nothing else may publish to the fleet meanwhile. */
class Pacer {
  readonly late: number[] = []
  readonly #fleet: Fleet
  readonly #clients: number
  readonly #perMs: number
  readonly #startedAt = performance.now()
  /** The number of deliveries in earlier rounds, from which the order of the clients continues. */
  readonly #before: number
  #published = 0
  #timer: NodeJS.Timeout

  constructor(fleet: Fleet, { clients, rate }: { readonly clients: number; readonly rate: number }) {
    this.#fleet = fleet
    this.#clients = clients
    this.#perMs = rate / 1_000
    this.#before = fleet.ledger.published
    this.#timer = setTimeout(() => this.#tick(), tickMs)
  }

  /** Returns the time at which this delivery should have been published. */
  dueAt(client: number, number: number): number {
    return this.#startedAt + (number * this.#clients + client - this.#before) / this.#perMs
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #tick(): void {
    this.#timer = setTimeout(() => this.#tick(), tickMs)
    const now = performance.now()
    const due = (now - this.#startedAt) * this.#perMs
    for (; this.#published < due; this.#published++) {
      this.#fleet.publish((this.#before + this.#published) % this.#clients)
      this.late.push(now - this.#startedAt - this.#published / this.#perMs)
    }
  }
}
