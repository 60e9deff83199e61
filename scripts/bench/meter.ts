import type { Fleet } from './fleet.ts'
import { cpuSeconds, familyCpuSeconds, ownCpuSeconds } from './process-usage.ts'
import type { Target } from './target.ts'

/** The deliveries of a period, and their cost. */
export interface Load {
  readonly deliveriesPerSecond: number
  readonly deliveriesPerCpuSecond: number
  /** CPU seconds per second of the server, and of this process. */
  readonly serverCores: number
  readonly generatorCores: number
  /** CPU seconds per second of the database server; 0 where there is none. */
  readonly databaseCores: number
  readonly queueCallsPerDelivery: number
}

/** Starts a measurement. Returns a function that ends it and returns the load. */
export function meter({ ledger, target }: Fleet): () => Load {
  const before = {
    at: performance.now(),
    delivered: ledger.delivered,
    cpu: cpuSeconds(target.pids),
    database: databaseSeconds(target),
    own: ownCpuSeconds(),
    calls: target.queueCalls(),
  }
  return () => {
    const seconds = (performance.now() - before.at) / 1_000
    const delivered = ledger.delivered - before.delivered
    const cpu = cpuSeconds(target.pids) - before.cpu
    return {
      deliveriesPerSecond: delivered / seconds,
      deliveriesPerCpuSecond: delivered / cpu,
      serverCores: cpu / seconds,
      databaseCores: (databaseSeconds(target) - before.database) / seconds,
      generatorCores: (ownCpuSeconds() - before.own) / seconds,
      queueCallsPerDelivery: (target.queueCalls() - before.calls) / delivered,
    }
  }
}

/** Returns the CPU time of the server for a thousand deliveries, in milliseconds. */
export function cpuMsPerThousand({ serverCores, deliveriesPerSecond }: Load): number {
  return (serverCores / deliveriesPerSecond) * 1e6
}

/** Returns the CPU time of the database server for a thousand deliveries, in milliseconds. */
export function databaseMsPerThousand({ databaseCores, deliveriesPerSecond }: Load): number {
  return (databaseCores / deliveriesPerSecond) * 1e6
}

function databaseSeconds({ databasePid }: Target): number {
  return databasePid === null ? 0 : familyCpuSeconds(databasePid)
}
