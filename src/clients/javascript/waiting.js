/**
 * Resolves after the time, or earlier when the signal aborts or the network comes back.
 *
 * @param {number} ms @param {AbortSignal} signal @param {Partial<EventTarget>} [network] @returns {Promise<void>}
 */
export function pauseFor(ms, signal, network) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      network?.removeEventListener?.('online', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    network?.addEventListener?.('online', end)
    if (signal.aborted) end()
  })
}

/** @typedef {ReturnType<typeof watchdog>} Watchdog */

/**
 * Makes a signal that aborts with the outer signal, or after the time last passed to `within`.
 *
 * @param {AbortSignal} [outer]
 */
export function watchdog(outer) {
  const controller = new AbortController()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const { signal } = controller
  const end = () => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', end)
    // Also closes a response that was not read to the end.
    controller.abort()
  }
  outer?.addEventListener('abort', end)
  if (outer?.aborted) end()
  return {
    signal,
    end,
    /** Starts the deadline anew. @param {number} ms Infinity stops it. */
    within(ms) {
      clearTimeout(timer)
      if (ms < Infinity) timer = setTimeout(() => controller.abort(new Error('The service did not answer')), ms)
    },
    /**
     * Settles like the promise, or rejects when the signal aborts first.
     *
     * @template T @param {Promise<T>} promise @returns {Promise<T>}
     */
    unless(promise) {
      return new Promise((resolve, reject) => {
        const onAbort = () => reject(signal.reason)
        promise.then(resolve, reject)
        signal.addEventListener('abort', onAbort)
        if (signal.aborted) onAbort()
      })
    },
  }
}
