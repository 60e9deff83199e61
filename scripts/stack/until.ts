import { setTimeout as pause } from 'node:timers/promises'

/** How long to go on looking, and how often. */
export interface Patience {
  /** For ever unless told: then the time limit of the test ends a wait for what never comes. */
  readonly withinMs?: number
  readonly everyMs?: number
  /** Gives the wait up. */
  readonly signal?: AbortSignal
}

/** Looks until the condition holds, and returns true; false when the time is over. Rejects when the signal aborts. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { withinMs = Number.POSITIVE_INFINITY, everyMs = 10, signal }: Patience = {},
): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    signal?.throwIfAborted()
    if (performance.now() >= deadline) return false
    await pause(everyMs)
  }
  return true
}
