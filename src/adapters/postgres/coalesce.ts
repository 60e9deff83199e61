import DataLoader from 'dataloader'
import type { Clock } from '../../delivery/ports.ts'

/** Long enough to gather what arrives together, too short to be felt. */
const gatherMs = 2
/** Keeps one statement, and what a bad key in it costs, small. */
const largestBatch = 1_000

/**
 * Turns calls with one client id each into few calls with many: `work` gets those made within the same couple of
 * milliseconds, each id once, and what it finds for an id (nothing is undefined, an `Error` rejects) goes to its callers.
 */
export function coalesce<Found>(
  clock: Clock,
  work: (clientIds: string[]) => Promise<ReadonlyMap<string, Found | Error>>,
): (clientId: string) => Promise<Found | undefined> {
  const loader = new DataLoader<string, Found | undefined>(
    async (clientIds) => {
      const found = await work([...new Set(clientIds)])
      return clientIds.map((clientId) => found.get(clientId))
    },
    { cache: false, maxBatchSize: largestBatch, batchScheduleFn: (dispatch) => clock.after(gatherMs, dispatch) },
  )
  return (clientId) => loader.load(clientId)
}
