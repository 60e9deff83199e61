import { setTimeout as pause } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import { type Load, meter } from './meter.ts'
import type { LoopPlan } from './plans.ts'
import type { Progress } from './progress.ts'
import { percentile } from './statistics.ts'

/** Deliveries of a closed loop, and how long each took from its publication to its client, in milliseconds. */
export interface Throughput extends Load {
  readonly p50: number
  readonly p99: number
}

/**
 * Measures throughput in a closed loop: `clients` deliveries are in flight, and the next is published when one has arrived.
 * It is for the same client, or in a larger fleet for the next whose turn it is, so that all clients take part. Deliveries before the window begin their graces, so that the window includes as many acknowledgements as
 * deliveries.
 */
export async function measureThroughput(
  fleet: Fleet,
  { clients, runInMs, windowMs }: LoopPlan,
  progress: Progress,
): Promise<Throughput> {
  const publishedAt = new Float64Array(fleet.clients)
  const took: number[] = []
  let running = true
  const publish = (client: number) => {
    publishedAt[client] = performance.now()
    fleet.publish(client)
  }
  fleet.onDelivered = (client) => {
    took.push(performance.now() - (publishedAt[client] ?? 0))
    if (running) publish((client + clients) % fleet.clients)
  }
  try {
    for (let client = 0; client < clients; client++) publish(client)
    await watch(fleet, runInMs, progress)
    const stop = meter(fleet)
    took.length = 0
    await watch(fleet, windowMs, progress)
    const load = stop()
    return { ...load, p50: percentile(took, 0.5), p99: percentile(took, 0.99) }
  } finally {
    running = false
  }
}

/** Lets time pass, and reports the state every second. */
export async function watch(fleet: Fleet, ms: number, progress: Progress): Promise<void> {
  const end = performance.now() + ms
  for (let left = ms; left > 0; left = end - performance.now()) {
    const stop = meter(fleet)
    await pause(Math.min(left, 1_000), undefined, { signal: progress.signal })
    fleet.check()
    progress.state(`${Math.round(stop().deliveriesPerSecond).toLocaleString('en')} deliveries/s`)
  }
}
