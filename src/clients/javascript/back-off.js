/** @import { NotificationsError } from './error.js' */
/** @import { Settings } from './settings.js' */
/** @typedef {ReturnType<typeof backOffOf>} BackOff */

const firstPauseMs = 250
const maxPauseMs = 30_000

/** Decides how long to wait after a failure, and reports failures and recoveries. @param {Settings} settings */
export function backOffOf({ pause, random, report }) {
  let failures = 0
  let open = false
  /** Full jitter: a random time between 0 and a maximum that doubles with each failure. */
  const jitterMs = () => random() * Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1))

  return {
    /** Notes an answer, from the service or from the tab that polls for all. */
    answered() {
      if (!open) report('open')
      open = true
    },
    /** Notes that the service works again. */
    restored() {
      failures = 0
    },
    /**
     * Waits before another attempt. Throws the error if it is permanent.
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
      // Only the rest of the pause ends early when the browser is online again: the service asked for the first part.
      if (retryAfterMs > 0) await pause(retryAfterMs, signal)
      await pause(moreMs, signal, globalThis)
    },
    /**
     * Waits after a quick answer without news, except the first time: an instance that shuts down answers like that.
     */
    async hurried(/** @type {AbortSignal} */ signal) {
      if (failures++ > 0) await pause(jitterMs(), signal, globalThis)
    },
  }
}
