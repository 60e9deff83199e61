import type { Fleet } from './fleet.ts'
import { cpuSeconds, ownCpuSeconds } from './process-usage.ts'

/** The deliveries of a period, and their cost. */
export interface Load {
  readonly deliveriesPerSecond: number
  readonly deliveriesPerCpuSecond: number
  /** CPU seconds per second of the server, and of this process. */
  readonly serverCores: number
  readonly generatorCores: number
  readonly queueCallsPerDelivery: number
}

/** Starts a measurement. Returns a function that ends it and returns the load. */
export function meter({ ledger, target }: Fleet): () => Load {
  const before = {
    at: performance.now(),
    delivered: ledger.delivered,
    cpu: cpuSeconds(target.pid),
    own: ownCpuSeconds(),
    calls: target.queueCalls(),
  }
  return () => {
    const seconds = (performance.now() - before.at) / 1_000
    const delivered = ledger.delivered - before.delivered
    const cpu = cpuSeconds(target.pid) - before.cpu
    return {
      deliveriesPerSecond: delivered / seconds,
      deliveriesPerCpuSecond: delivered / cpu,
      serverCores: cpu / seconds,
      generatorCores: (ownCpuSeconds() - before.own) / seconds,
      queueCallsPerDelivery: (target.queueCalls() - before.calls) / delivered,
    }
  }
}
