import { setTimeout as pause } from 'node:timers/promises'

/** The limits of a wait that looks at something again and again. */
export interface Patience {
  /** For ever unless told: then the time limit of the test ends a wait for what never comes. */
  readonly withinMs?: number
  /** The shortest pause between two looks. */
  readonly everyMs?: number
  /** Gives the wait up. */
  readonly signal?: AbortSignal
}

/** A pause grows to this share of the time waited so far, and so makes no wait longer by more than that. */
const pauseShare = 0.2
/** A look is often a request, which takes CPU time of both sides: a wait of many seconds needs few. */
const maxPauseMs = 200

/** Looks until the condition holds, and returns true; false when the time is over. Rejects when the signal aborts. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { withinMs = Number.POSITIVE_INFINITY, everyMs = 10, signal }: Patience = {},
): Promise<boolean> {
  const startedAt = performance.now()
  while (!(await condition())) {
    signal?.throwIfAborted()
    const waitedMs = performance.now() - startedAt
    if (waitedMs >= withinMs) return false
    await pause(Math.max(everyMs, Math.min(maxPauseMs, waitedMs * pauseShare)))
  }
  return true
}
