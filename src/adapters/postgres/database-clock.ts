import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'

/**
 * A statement must not begin to write later than this: its caller would get 503 before the result came. Less than a
 * query's deadline, so that there is time for the result.
 */
const latestMs = 2_000
/** A result that took longer says too little about the time at which the server read its clock. */
const promptMs = 500

/**
 * Estimates the database's clock from the results of statements. A statement that reaches the database late, because the
 * database or the network hung, is carried out all the same, after its caller was told that nothing was stored: so the
 * statement carries the time by which it must have begun, and compares it with the clock itself.
 */
export class DatabaseClock {
  readonly #clock: Clock
  /** The database's clock minus ours; null while it is not known. */
  #offsetMs: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns the deadline of a statement that is sent now; null while the clock is not known. */
  deadlineMs(): number | null {
    return this.#offsetMs === null ? null : this.#clock.now() + this.#offsetMs + latestMs
  }

  now(): number {
    return this.#clock.now()
  }

  /** Notes when a statement that was sent at `sentMs` has begun, by the database's clock. Throws when it came late. */
  note({ begunAtMs, inTime }: { readonly begunAtMs: string; readonly inTime: boolean }, sentMs: number): void {
    const returnedMs = this.#clock.now()
    if (!inTime) {
      // Or the database's clock was set: the next result tells.
      this.#offsetMs = null
      throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', {
        cause: new Error('the statement reached the database too late'),
      })
    }
    if (returnedMs - sentMs < promptMs) this.#offsetMs = Number(begunAtMs) - (sentMs + returnedMs) / 2
  }
}
