import { setTimeout as pause } from 'node:timers/promises'

/** Timers stand still while a machine sleeps, so the time of day is looked at this often. */
const maxSliceMs = 60_000
/** The least time between two registrations, also when every URL seems to have expired at once. */
const minSpacingMs = 10_000

/** The two clocks of this machine: one goes on while it sleeps, the other never jumps. */
export interface Clocks {
  /** The time of day in milliseconds: it goes on while the machine sleeps, and jumps when it is set. */
  timeOfDay(): number
  /** Milliseconds since some moment; never jumps, and stands still while the machine sleeps. */
  elapsed(): number
  /** Resolves after this time, or when the signal aborts. */
  pause(ms: number): Promise<void>
}

/** Returns the clocks of the system; pauses end when the signal aborts. */
export function systemClocks(signal: AbortSignal): Clocks {
  return {
    timeOfDay: Date.now,
    elapsed: () => performance.now(),
    pause: (ms) => pause(ms, undefined, { signal }).catch(() => {}),
  }
}

/**
 * Returns how many milliseconds lie between a response and a time in it; NaN when the text is no time. The clock of the service
 * decides, as its header `Date` tells: that of this machine may be wrong by hours.
 */
export function validMsOf(expiresAt: string, { headers }: Response): number {
  const date = Date.parse(headers.get('date') ?? '')
  return Date.parse(expiresAt) - (Number.isNaN(date) ? Date.now() : date)
}

interface Validity {
  /** How long it is valid, by the clock of the service. */
  readonly validMs: number
  /** How long it was asked to be valid. */
  readonly askedMs: number
}

/**
 * Resolves when something that was given just now is no longer valid by one of the clocks, or when the signal aborts. A validity
 * that is over at once counts as one of ten seconds, or of the time that was asked for when that is shorter.
 */
export async function untilOver({ validMs, askedMs }: Validity, signal: AbortSignal, clocks: Clocks): Promise<void> {
  const [timeOfDay, elapsed] = [clocks.timeOfDay(), clocks.elapsed()]
  const leastMs = Math.min(minSpacingMs, askedMs)
  while (!signal.aborted) {
    const passedMs = clocks.elapsed() - elapsed
    const leftMs = validMs - Math.max(passedMs, clocks.timeOfDay() - timeOfDay)
    const waitMs = Math.max(leftMs, leastMs - passedMs)
    if (waitMs <= 0) return
    await clocks.pause(Math.min(waitMs, maxSliceMs))
  }
}
