import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when it is so, or the time is over; what fails is not so. */
export async function until(withinMs: number, signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline && !(await isSo().catch(() => false))) {
    signal.throwIfAborted()
    await pause(100)
  }
}
