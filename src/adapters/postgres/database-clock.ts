import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'

/** The time between the latest moment at which a statement may begin to write and its deadline: time for its result. */
const resultMs = 1_000
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

  /**
   * Returns when a statement that is sent now, and whose result counts for `withinMs`, must have begun to write; null
   * while the clock is not known.
   */
  deadlineMs(withinMs: number): number | null {
    return this.#offsetMs === null ? null : this.#clock.now() + this.#offsetMs + withinMs - resultMs
  }

  now(): number {
    return this.#clock.now()
  }

  /**
   * Notes when a statement that was sent at `sentMs` has begun, by the database's clock. Returns the refusal of what it
   * should have written when it came late, else null.
   */
  note(
    { begunAtMs, inTime }: { readonly begunAtMs: string; readonly inTime: boolean },
    sentMs: number,
  ): Refusal | null {
    const returnedMs = this.#clock.now()
    if (!inTime) {
      // Or the database's clock was set: the next result tells.
      this.#offsetMs = null
      return new Refusal('ERROR_DB_UNEXPECTED_ERROR', {
        cause: new Error('the statement reached the database too late'),
      })
    }
    if (returnedMs - sentMs < promptMs) this.#offsetMs = Number(begunAtMs) - (sentMs + returnedMs) / 2
    return null
  }
}
