import { setTimeout as pause } from 'node:timers/promises'
import { Fleet } from './fleet.ts'
import type { Account } from './ledger.ts'
import type { MemoryPlan } from './plans.ts'
import { residentKiB } from './process-usage.ts'
import type { Progress } from './progress.ts'
import type { StartTarget } from './target.ts'

/** The memory of held polls, as reported by the operating system. */
export interface Memory {
  readonly polls: number
  readonly kiBPerPoll: number
  readonly emptyKiB: number
  readonly heldKiB: number
}

/** Enough polls to load and compile the code before the empty server is measured. */
export const warmUpClients = 100
const warmUpDeliveries = 3_000
/** Memory counts as settled when it changes by less than this share for a while, which is tried so many times. */
const settled = { share: 0.005, attempts: 5 }

/** Measures the memory of a fresh server twice: without polls, and with many held polls. */
export async function measureMemory(
  start: StartTarget,
  { clients, settleMs }: MemoryPlan,
  progress: Progress,
  leaving: Promise<void>[],
): Promise<{ readonly memory: Memory; readonly accounts: readonly Account[]; readonly unacknowledged: number }> {
  const target = await start()
  const fleets: Fleet[] = []
  const fleetOf = (size: number): Fleet => {
    const fleet = new Fleet(target, size)
    fleets.push(fleet)
    return fleet
  }
  try {
    progress.state('warming up')
    await warmUpWith(fleetOf(warmUpClients), progress)
    const emptyKiB = await settledKiB(target.pids, settleMs, progress)
    const fleet = fleetOf(clients)
    progress.state(`connecting ${clients.toLocaleString('en')} clients`)
    await fleet.connect(clients)
    const heldKiB = await settledKiB(target.pids, settleMs, progress)
    // Shows that every poll is still held, by the right client.
    progress.state('delivering to each')
    for (let client = 0; client < clients; client++) fleet.publish(client)
    await fleet.settle(progress.signal)
    return {
      memory: { polls: clients, kiBPerPoll: (heldKiB - emptyKiB) / clients, emptyKiB, heldKiB },
      accounts: fleets.map(({ ledger }) => ledger.close()),
      unacknowledged: await target.unacknowledged(),
    }
  } finally {
    for (const fleet of fleets) fleet.close()
    leaving.push(target.stop())
  }
}

/** Lets a server load and compile its code: these clients come, get some deliveries, and go. */
export async function warmUpWith(fleet: Fleet, progress: Progress): Promise<void> {
  await fleet.connect(warmUpClients)
  fleet.onDelivered = (client) => {
    if (fleet.ledger.published < warmUpDeliveries) fleet.publish(client)
  }
  for (let client = 0; client < warmUpClients; client++) fleet.publish(client)
  await fleet.settle(progress.signal)
  fleet.close()
  await fleet.untilHeld(0)
}

/** Returns the resident memory of processes in KiB when it has settled, or after a while. */
export async function settledKiB(pids: readonly number[], ms: number, progress: Progress): Promise<number> {
  const deadline = performance.now() + settled.attempts * ms
  let since = performance.now()
  let last = residentKiB(pids)
  while (performance.now() - since < ms && performance.now() < deadline) {
    await pause(100, undefined, { signal: progress.signal })
    const now = residentKiB(pids)
    progress.state(`${Math.round(now / 1_024)} MiB`)
    if (Math.abs(now - last) <= last * settled.share) continue
    last = now
    since = performance.now()
  }
  return residentKiB(pids)
}
