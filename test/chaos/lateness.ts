import { setTimeout as pause } from 'node:timers/promises'

const tickMs = 50
/** An event that is later than this may find a grace or a lease over. */
const lateMs = 500
/** The time for the work that has piled up while the thread stood still. */
const catchUpMs = 2_000

/** Knows when this thread was so busy, or stood still for so long, that what it did came late. */
export class Lateness {
  #tickedAt = performance.now()
  #lateUntil = 0

  /** Whether it is late at this moment, or has been a moment ago. */
  get late(): boolean {
    const now = performance.now()
    return now < this.#lateUntil || now - this.#tickedAt > tickMs + lateMs
  }

  /** Watches until the signal aborts. Calls `onLate` after each delay, with its length in milliseconds. */
  async watch(signal: AbortSignal, onLate: (ms: number) => void): Promise<void> {
    this.#tickedAt = performance.now()
    while (!signal.aborted) {
      await pause(tickMs, undefined, { signal }).catch(() => {})
      const now = performance.now()
      if (now - this.#tickedAt > tickMs + lateMs) {
        this.#lateUntil = now + catchUpMs
        onLate(now - this.#tickedAt)
      }
      this.#tickedAt = now
    }
  }
}
