/** @import { NotificationsError } from './error.js' */
/** @import { Settings } from './settings.js' */
/** @typedef {ReturnType<typeof patienceOf>} Patience */

const firstPauseMs = 250
const maxPauseMs = 30_000

/** How long to wait after what went wrong, and what to say about it. @param {Settings} settings */
export function patienceOf({ pause, random, report }) {
  let failures = 0
  let open = false
  /** Full jitter: anything between nothing and a time that doubles with each failure. */
  const jitterMs = () => random() * Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1))

  return {
    /** There was an answer, from the service or from the tab that asks it. */
    answered() {
      if (!open) report('open')
      open = true
    },
    /** The way to the service works. */
    restored() {
      failures = 0
    },
    /**
     * Waits before another try. Throws what will not pass.
     *
     * @param {NotificationsError} error @param {AbortSignal} signal @param {(quietMs: number) => void} [foresee]
     */
    async failed(error, signal, foresee) {
      const { permanent, retryAfterMs } = error
      if (permanent) throw error
      open = false
      failures++
      const moreMs = jitterMs()
      foresee?.(retryAfterMs + moreMs)
      report('error', { error, retryInMs: retryAfterMs + moreMs })
      // Being online again is no reason to come sooner than the service wants.
      if (retryAfterMs > 0) await pause(retryAfterMs, signal)
      await pause(moreMs, signal, globalThis)
    },
    /** An answer with nothing new came at once. That may be chance: an instance that shuts down does so. But not twice. */
    async hurried(/** @type {AbortSignal} */ signal) {
      if (failures++ > 0) await pause(jitterMs(), signal, globalThis)
    },
  }
}
