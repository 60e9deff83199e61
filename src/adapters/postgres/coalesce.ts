import DataLoader from 'dataloader'
import type { Clock } from '../../delivery/ports.ts'

/** Long enough to gather calls that arrive together, too short to be noticed. */
const gatherMs = 2
/** Keeps a statement short, and the cost of a bad key in it. */
const maxBatch = 1_000

interface Rush {
  /** The longest that a call waits for others in a rush. By default no longer than at other times. */
  readonly rushMs?: number
}

/**
 * Joins calls with one key each into few calls with many: `work` gets the keys of the same couple of milliseconds, each
 * once. The callers of a key get the value that `work` returns for it: undefined when missing, a rejection for an `Error`.
 *
 * In a rush the next call waits a millisecond for each key of the last one: at more than a key in a millisecond it soon
 * waits for `rushMs`. It waits less and less when the rush is over, since a rush has gaps.
 */
export function coalesce<Found>(
  clock: Clock,
  work: (keys: string[]) => Promise<ReadonlyMap<string, Found | Error>>,
  { rushMs = gatherMs }: Rush = {},
): (key: string) => Promise<Found | undefined> {
  let waitMs = gatherMs
  const loader = new DataLoader<string, Found | undefined>(
    async (keys) => {
      waitMs = Math.max(gatherMs, Math.min(rushMs, Math.max(keys.length, waitMs / 2)))
      const found = await work([...new Set(keys)])
      return keys.map((key) => found.get(key))
    },
    { cache: false, maxBatchSize: maxBatch, batchScheduleFn: (dispatch) => clock.after(waitMs, dispatch) },
  )
  return (key) => loader.load(key)
}
