import { setTimeout as pause } from 'node:timers/promises'
import { Retryable } from './error.js'

/** Up to three seconds of pauses in all: a client that has lost its instance is back at another one by then. */
const maxTries = 6
const firstPauseMs = 100
/** A failure with a longer `Retry-After` is not retried but thrown. */
const maxPauseMs = 5_000

/**
 * Calls `attempt` again while it throws a `Retryable`, at most `maxTries` times in all. Throws its last error.
 * @template T
 * @param {(isLast: boolean) => Promise<T>} attempt
 * @returns {Promise<T>}
 */
export async function retrying(attempt) {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(tries === maxTries)
    } catch (error) {
      if (!(error instanceof Retryable) || tries === maxTries || error.afterMs > maxPauseMs) throw error
      // Random, so that publishers that failed together do not retry together.
      const pauseMs = firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2)
      await pause(Math.max(pauseMs, error.afterMs))
    }
  }
}
