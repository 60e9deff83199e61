import { setTimeout as pause } from 'node:timers/promises'
import { Again } from './error.js'

/** Three seconds of waiting in all: a client that has lost its instance is back at another one by then. */
const maxTries = 6
const firstPauseMs = 100
/** Longest `Retry-After` that is waited for; who is asked to wait longer is told instead. */
const maxPauseMs = 5_000

/**
 * Calls it until it does not throw `Again`, a few times at most; what it throws last comes out.
 * @template T
 * @param {(isLast: boolean) => Promise<T>} attempt
 * @returns {Promise<T>}
 */
export async function retrying(attempt) {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(tries === maxTries)
    } catch (error) {
      if (!(error instanceof Again) || tries === maxTries || error.afterMs > maxPauseMs) throw error
      // At random, so that publishers which failed together do not come back together.
      const pauseMs = firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2)
      await pause(Math.max(pauseMs, error.afterMs))
    }
  }
}
