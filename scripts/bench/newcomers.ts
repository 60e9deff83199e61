import { Fleet } from './fleet.ts'
import type { Account } from './ledger.ts'
import { cpuSeconds } from './process-usage.ts'
import type { Progress } from './progress.ts'
import type { StartTarget, Target } from './target.ts'

/** The cost of holding a poll of every client, in seconds. */
export interface Newcomers {
  /** With tokens that the server has never seen. */
  readonly first: { readonly cpuSeconds: number; readonly seconds: number }
  /** When all connections have been closed, and the same clients come again. */
  readonly again: { readonly cpuSeconds: number; readonly seconds: number }
  /** Transactions that wrote to PostgreSQL while the clients came for the first time; 0 where there is none. */
  readonly writes: number
}

/** Clients that come and go before, so that the server has compiled its code. Their tokens are not those of the newcomers. */
export const earlierClients = 500

/** Measures a fresh server: each of its newcomers connects and is held. */
export async function measureNewcomers(
  start: StartTarget,
  { clients }: { readonly clients: number },
  {
    progress,
    leaving,
    countWrites,
  }: {
    readonly progress: Progress
    readonly leaving: Promise<void>[]
    /** Returns how many transactions have written so far. */
    readonly countWrites: () => Promise<number>
  },
): Promise<{ readonly newcomers: Newcomers; readonly account: Account }> {
  const target = await start()
  const fleets: Fleet[] = []
  const fleetOf = (size: number, of: Target = target): Fleet => {
    const fleet = new Fleet(of, size)
    fleets.push(fleet)
    return fleet
  }
  const arrive = async (fleet: Fleet) => {
    const began = performance.now()
    const before = cpuSeconds(target.pids)
    await fleet.connect(clients)
    return { cpuSeconds: cpuSeconds(target.pids) - before, seconds: (performance.now() - began) / 1_000 }
  }
  const goAway = async (fleet: Fleet) => {
    fleet.close()
    await fleet.untilHeld(0)
  }
  try {
    progress.state('warming up')
    const earlier = fleetOf(earlierClients, { ...target, pollOf: (client) => target.pollOf(clients + client) })
    await earlier.connect(earlierClients)
    await goAway(earlier)
    progress.state(`${clients.toLocaleString('en')} newcomers`)
    const writesBefore = target.databasePid === null ? 0 : await countWrites()
    const fleet = fleetOf(clients)
    const first = await arrive(fleet)
    const writes = target.databasePid === null ? 0 : (await countWrites()) - writesBefore
    await goAway(fleet)
    progress.state('the same again')
    const returning = fleetOf(clients)
    const again = await arrive(returning)
    // Shows that every poll is held, by the right client.
    for (let client = 0; client < clients; client++) returning.publish(client)
    await returning.settle(progress.signal)
    return { newcomers: { first, again, writes }, account: returning.ledger.close() }
  } finally {
    for (const fleet of fleets) fleet.close()
    leaving.push(target.stop())
  }
}
