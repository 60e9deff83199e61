import { setTimeout as pause } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import { type Load, meter } from './meter.ts'
import type { Plan } from './options.ts'
import type { Progress } from './progress.ts'

/**
 * Measures throughput in a closed loop: every client has one delivery in flight, and the next is published when it has
 * arrived. Deliveries before the window begin their graces, so that the window includes as many acknowledgements as
 * deliveries.
 */
export async function measureThroughput(
  fleet: Fleet,
  { clients, runInMs, windowMs }: Plan['throughput'],
  progress: Progress,
): Promise<Load> {
  let running = true
  fleet.onDelivered = (client) => {
    if (running) fleet.publish(client)
  }
  try {
    for (let client = 0; client < clients; client++) fleet.publish(client)
    await watch(fleet, runInMs, progress)
    const stop = meter(fleet)
    await watch(fleet, windowMs, progress)
    return stop()
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
