import DataLoader from 'dataloader'
import type { Clock } from '../../delivery/ports.ts'

/** Long enough to gather calls that arrive together, too short to be noticed. */
const gatherMs = 2
/** Keeps a statement short, and the cost of a bad key in it. */
const maxBatch = 1_000

/**
 * Joins calls with one key each into few calls with many: `work` gets the keys of the same couple of milliseconds, each
 * once. The callers of a key get the value that `work` returns for it: undefined when missing, a rejection for an `Error`.
 */
export function coalesce<Found>(
  clock: Clock,
  work: (keys: string[]) => Promise<ReadonlyMap<string, Found | Error>>,
): (key: string) => Promise<Found | undefined> {
  const loader = new DataLoader<string, Found | undefined>(
    async (keys) => {
      const found = await work([...new Set(keys)])
      return keys.map((key) => found.get(key))
    },
    { cache: false, maxBatchSize: maxBatch, batchScheduleFn: (dispatch) => clock.after(gatherMs, dispatch) },
  )
  return (key) => loader.load(key)
}
