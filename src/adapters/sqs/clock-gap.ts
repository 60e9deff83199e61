import type { Clock } from '../../delivery/ports.ts'
import { pause } from '../clock.ts'

const tickMs = 500
/** A tick that is later than this leaves a gap. */
const gapMs = 1_000
/** Longer than any receive runs, so that a gap is remembered as long as it can affect a response. */
const rememberMs = 60_000

/** A process that used this part of a gap as CPU time was busy, and not stopped. */
const busyShare = 1 / 2

/**
 * A process that was busy reads the responses that came in meanwhile as soon as it is idle. A response that it reads later
 * than this came later, so its messages are fresh: a busy process does not end its leases.
 */
const readAfterBusyMs = 5_000

/** The process had work for the whole gap, or stood still: stopped, asleep, or without a core. */
export type GapCause = 'busy' | 'paused'

/**
 * Notices when the process stood still (SIGSTOP, a sleeping laptop). A response that arrived during such a gap is read
 * after it: it looks fresh, but its messages may have become visible to others long ago.
 */
export class ClockGap {
  readonly #clock: Clock
  readonly #onGap: (gapMs: number, cause: GapCause) => void
  readonly #cpuMs: () => number
  #lastCpuMs = 0
  #lastTick: number | null = null
  /** Oldest first. Each is longer than `gapMs`, so `rememberMs` bounds how many there are. */
  #gaps: { readonly start: number; readonly end: number; readonly cause: GapCause }[] = []

  /** `cpuMs` returns the CPU time that this process has used. Without it every gap counts as a pause. */
  constructor(clock: Clock, onGap: (gapMs: number, cause: GapCause) => void = () => {}, cpuMs: () => number = () => 0) {
    this.#clock = clock
    this.#onGap = onGap
    this.#cpuMs = cpuMs
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#lastTick = this.#clock.now()
    this.#lastCpuMs = this.#cpuMs()
    while (!signal.aborted) {
      await pause(this.#clock, tickMs, signal)
      this.#look()
    }
    this.#lastTick = null
  }

  /**
   * Returns the earliest time at which the messages of a response that is read now can have become invisible, when its
   * receive was issued at `issuedAt`: now, or the start of the first gap since. Returns `issuedAt` while `run` does not.
   */
  earliestArrival(issuedAt: number): number {
    if (this.#lastTick === null) return issuedAt
    const now = this.#clock.now()
    // After a pause the response may be read before the timer has fired: the gap must be seen here, too.
    if (now - this.#lastTick > gapMs) this.#look()
    const gap = this.#gaps.find(
      ({ end, cause }) => end > issuedAt && (cause === 'paused' || now - end < readAfterBusyMs),
    )
    return gap ? Math.max(gap.start, issuedAt) : now
  }

  #look(): void {
    if (this.#lastTick === null) return
    const now = this.#clock.now()
    const start = this.#lastTick
    this.#lastTick = now
    const usedMs = this.#cpuMs() - this.#lastCpuMs
    this.#lastCpuMs += usedMs
    if (this.#gaps.length > 0) this.#gaps = this.#gaps.filter(({ end }) => now - end < rememberMs)
    if (now - start <= gapMs) return
    const cause = usedMs >= (now - start) * busyShare ? 'busy' : 'paused'
    this.#gaps.push({ start, end: now, cause })
    this.#onGap(now - start, cause)
  }
}
