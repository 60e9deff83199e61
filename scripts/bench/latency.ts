import type { Fleet } from './fleet.ts'
import { type Load, meter } from './meter.ts'
import type { Plan } from './options.ts'
import type { Progress } from './progress.ts'
import { percentile } from './statistics.ts'
import { watch } from './throughput.ts'

/** How long deliveries took, in milliseconds. */
export interface Latency extends Load {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly longest: number
  /** How much too late the generator itself was with 99 of 100; it is part of the above. */
  readonly generatorLateP99: number
}

/**
 * Fixed rate, whatever the server does: a delivery is timed from the moment it should have been published, so that a
 * server (or a generator) that stands still for a while does not hide those that waited meanwhile.
 */
export async function measureLatency(fleet: Fleet, plan: Plan['latency'], progress: Progress): Promise<Latency> {
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

/** How often it looks what is due: Node.js has no finer timers. Milliseconds. */
const tickMs = 1

/** Publishes for one client after the other, at a rate; nothing else may publish to the fleet. */
class Pacer {
  readonly late: number[] = []
  readonly #fleet: Fleet
  readonly #clients: number
  readonly #perMs: number
  readonly #startedAt = performance.now()
  /** Deliveries of earlier rounds: whose turn it is goes on from there. */
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

  /** When this delivery should have been published. */
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
