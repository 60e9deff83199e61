/** @import { Notification } from '../client.js' */

/**
 * The events of a connection: it is open, it has a notification, or it was lost and is opened again after some time
 * (null: never).
 *
 * @typedef {object} Events
 * @property {() => void} open
 * @property {(notification: Notification) => void} notification
 * @property {(reason: string, retryInMs: number | null) => void} lost
 */

const firstPauseMs = 250
const maxPauseMs = 30_000

/**
 * Keeps a connection open until it is closed. `once` opens a connection, and resolves or rejects when it has ended;
 * then the next one is opened after a pause.
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
      // Full jitter, so that the clients of an instance that stops do not all reconnect at once.
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
