import { setTimeout as pause } from 'node:timers/promises'

const firstPauseMs = 500
const maxPauseMs = 30_000

interface Needs {
  /** The maximum of attempts, 1 or more. */
  readonly attempts: number
  /** No further attempt begins once this aborts. */
  readonly signal: AbortSignal
  /** Called at each failure that is followed by another attempt. */
  readonly onFailure: (error: unknown, pauseMs: number) => void
}

/**
 * Does the work again until it succeeds. Pauses between attempts double from half a second to 30 seconds, each less a random
 * half. Rejects with the error of the last attempt.
 */
export async function withAttempts<Result>(work: () => Promise<Result>, needs: Needs): Promise<Result> {
  const { attempts, signal, onFailure } = needs
  for (let failures = 1; ; failures++) {
    try {
      return await work()
    } catch (error) {
      if (failures >= attempts || signal.aborted) throw error
      const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1)) * (1 - Math.random() / 2)
      onFailure(error, pauseMs)
      await pause(pauseMs, null, { signal }).catch(() => {})
      if (signal.aborted) throw error
    }
  }
}

/** Returns the reason of an error as text. `fetch` hides its own in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return `${error.message}: ${cause.message || (cause as NodeJS.ErrnoException).code || cause.name}`
}
