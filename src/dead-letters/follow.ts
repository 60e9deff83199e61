/** The pause between two looks, while letters come. */
const minPauseMs = 10_000
/** A quiet queue is looked at less often: each look receives the letters that stay in it, and SQS charges for that. */
const maxPauseMs = 300_000

interface Needs {
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Looks again and again, until the signal aborts. A look resolves with whether it found something new; one that fails is
 * repeated.
 */
export async function follow(look: () => Promise<boolean>, { signal, say, pause }: Needs): Promise<void> {
  let pauseMs = minPauseMs
  while (!signal.aborted) {
    const found = await look().catch((error: unknown) => {
      say(`The queue could not be looked at, and is looked at again: ${error instanceof Error ? error.message : error}`)
      return false
    })
    pauseMs = found ? minPauseMs : Math.min(pauseMs * 2, maxPauseMs)
    await pause(pauseMs, signal)
  }
}
