import type { Clock } from '../../delivery/ports.ts'
import { pause } from './pause.ts'

const tickMs = 500
/** A tick later than this was no busy event loop: the process stood still. */
const gapMs = 1_000
/** Longer than any receive runs, so that a gap is remembered as long as an answer can be affected by it. */
const rememberMs = 60_000

/**
 * Knows when the process stood still (SIGSTOP, a sleeping laptop). An answer that came in during such a gap is read
 * after it: it looks fresh, but its messages may have become visible to others long ago.
 */
export class ClockGap {
  readonly #clock: Clock
  readonly #onGap: (gapMs: number) => void
  #lastTick: number | null = null
  /** Oldest first. Each is longer than `gapMs`, so `rememberMs` bounds how many there are. */
  #gaps: { readonly start: number; readonly end: number }[] = []

  constructor(clock: Clock, onGap: (gapMs: number) => void = () => {}) {
    this.#clock = clock
    this.#onGap = onGap
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#lastTick = this.#clock.now()
    while (!signal.aborted) {
      await pause(this.#clock, tickMs, signal)
      this.#look()
    }
    this.#lastTick = null
  }

  /**
   * The earliest time at which the messages of an answer that is being read now can have become invisible, when its
   * receive was issued at `issuedAt`: now, or the start of the first gap since. While nobody watches, it is `issuedAt`.
   */
  earliestArrival(issuedAt: number): number {
    if (this.#lastTick === null) return issuedAt
    // After a pause the answer may be read before the timer has fired: the gap must be seen here, too.
    this.#look()
    const gap = this.#gaps.find(({ end }) => end > issuedAt)
    return gap ? Math.max(gap.start, issuedAt) : this.#clock.now()
  }

  #look(): void {
    if (this.#lastTick === null) return
    const now = this.#clock.now()
    const start = this.#lastTick
    this.#lastTick = now
    if (this.#gaps.length > 0) this.#gaps = this.#gaps.filter(({ end }) => now - end < rememberMs)
    if (now - start <= gapMs) return
    this.#gaps.push({ start, end: now })
    this.#onGap(now - start)
  }
}
