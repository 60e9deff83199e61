import type { Clock } from '../delivery/ports.ts'

/** The machine's monotonic clock, which goes on while the process is paused, and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects, and leaves no timer and no listener. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end)
  })
}

/**
 * Waits for the work, but no longer than `ms`. Returns whether it was done by then; rejects when it failed by then. Work that
 * takes longer goes on, and its failure is nobody's.
 */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const over = new AbortController()
  try {
    return await Promise.race([work.then(() => true), pause(clock, ms, over.signal).then(() => false)])
  } finally {
    over.abort()
  }
}

/**
 * Returns how long to wait after so many failures in a row: full jitter, so that instances that failed together do not
 * come back together, but never less than `fromMs`, so that an unlucky draw is not a busy loop.
 */
export function backOffMs(failures: number, fromMs: number, toMs: number, random: () => number): number {
  const ceiling = Math.min(toMs, fromMs * 2 ** Math.min(failures, 30))
  return Math.max(fromMs, Math.round(random() * ceiling))
}
