import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'

/**
 * Later than this a statement must not begin to write: its caller would be told 503 before the answer came. Less than a
 * query's deadline, so that there is time for the answer. Milliseconds.
 */
const latestMs = 2_000
/** An answer that took longer tells too little of what the clock was when it was asked. Milliseconds. */
const promptMs = 500

/**
 * Knows what the database's clock says, from its answers. A statement that it gets late, because it hung or a network
 * did, is carried out all the same, after its caller was told that nothing was stored: so the statement carries the time
 * by which it must have begun, and looks at the clock itself.
 */
export class DatabaseClock {
  readonly #clock: Clock
  /** What has to be added to our milliseconds; null while the database has not said. */
  #offsetMs: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** For a statement that is sent now; null when the clock is not known yet. */
  deadline(): Date | null {
    return this.#offsetMs === null ? null : new Date(this.#clock.now() + this.#offsetMs + latestMs)
  }

  now(): number {
    return this.#clock.now()
  }

  /** The statement that was sent at `sentMs` has begun at this time of the database's clock. Throws when it came late. */
  heard({ begunAt, inTime }: { readonly begunAt: Date; readonly inTime: boolean }, sentMs: number): void {
    const answeredMs = this.#clock.now()
    if (!inTime) {
      // Or its clock was set: the next answer tells.
      this.#offsetMs = null
      throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', {
        cause: new Error('the statement reached the database too late'),
      })
    }
    if (answeredMs - sentMs < promptMs) this.#offsetMs = begunAt.getTime() - (sentMs + answeredMs) / 2
  }
}
