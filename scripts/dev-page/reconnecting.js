/** @import { Notification } from '../client.js' */

/**
 * What a connection says: that it is open, what it brings, that it was lost and in how many milliseconds it is tried
 * again (null: it is not).
 *
 * @typedef {object} Events
 * @property {() => void} open
 * @property {(notification: Notification) => void} notification
 * @property {(reason: string, retryInMs: number | null) => void} lost
 */

const firstPauseMs = 250
const maxPauseMs = 30_000

/**
 * Keeps something open until it is closed. `once` opens it and resolves when it has ended in good order (then the next one
 * follows at once) or rejects when it was lost (then after a pause).
 *
 * @param {(opened: () => void, signal: AbortSignal) => Promise<string>} once @param {Events} events
 */
export function keepOpen(once, events) {
  const stopping = new AbortController()
  const { signal } = stopping
  let failures = 0
  const opened = () => {
    failures = 0
    events.open()
  }
  const run = async () => {
    while (!signal.aborted) {
      let reason = ''
      try {
        reason = await once(opened, signal)
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error)
      }
      if (signal.aborted) return
      // Full jitter: the clients of an instance that ends shall not come to the next one all at once.
      const retryInMs = Math.random() * Math.min(maxPauseMs, firstPauseMs * 2 ** failures++)
      events.lost(reason, retryInMs)
      await pause(retryInMs, signal)
    }
  }
  const ended = run()
  return {
    async close() {
      stopping.abort()
      await ended
    },
  }
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}
