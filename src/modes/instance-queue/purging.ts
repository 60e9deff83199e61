import type { Purged } from '../../adapters/postgres/purge.ts'

const everyMs = 60_000
/** Rows of each kind that one statement removes; when it removed as many, the next follows soon. */
const atOnce = 1_000
/** The pause before it, in which the database is there for others. */
const pauseMs = 100

/** Counts of stored notifications, for the metrics to read. */
export interface StoredCounters {
  /** Notifications that this instance removed because nobody had fetched them for as long as notifications may wait. */
  expired: number
  /** Notifications that this instance removed because they had expired as their senders said. */
  expiredAsSaid: number
}

interface Needs {
  /** Removes rows that are over, at most so many of each kind. */
  readonly purge: (limit: number) => Promise<Purged>
  readonly counters: StoredCounters
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: { warn(fields: object, sentence: string): void }
}

/**
 * Removes what is over, every minute until the signal aborts. Each notification that nobody fetched in time is logged, unless
 * its sender wanted it to expire.
 */
export async function runPurge({ purge, counters, sleep, log }: Needs, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, signal)
    let more = true
    while (more && !signal.aborted) {
      try {
        const purged = await purge(atOnce)
        for (const { id, clientId, subject, createdAt, senderExpires } of purged.expired) {
          if (senderExpires) {
            counters.expiredAsSaid += 1
            continue
          }
          counters.expired += 1
          log.warn({ notificationId: id, clientId, subject, createdAt }, 'pending notification expired undelivered')
        }
        const { unsent } = purged
        if (unsent > 0) log.warn({ count: unsent }, 'receipts could not be sent in time and are given up')
        more = purged.more
        if (more) await sleep(pauseMs, signal)
      } catch (err) {
        log.warn({ err }, 'rows that are over could not be removed; this is tried again')
        more = false
      }
    }
  }
}
