import type { Clock } from '../delivery/ports.ts'

/** The machine's monotonic clock, which goes on while the process is paused, and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}
