/**
 * Resolves when the time is up; early when the signal aborts, or when the network says that it is back.
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

/** A signal that aborts with the outer one, or when the time given last is up. @param {AbortSignal} [outer] */
export function watchdog(outer) {
  const controller = new AbortController()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const { signal } = controller
  const end = () => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', end)
    // Also closes a response that was not read to its end.
    controller.abort()
  }
  outer?.addEventListener('abort', end)
  if (outer?.aborted) end()
  return {
    signal,
    end,
    /** @param {number} ms Infinity: there is nothing to wait for at the moment. */
    within(ms) {
      clearTimeout(timer)
      if (ms < Infinity) timer = setTimeout(() => controller.abort(new Error('No answer in time')), ms)
    },
    /** The promise, unless the signal aborts before. @template T @param {Promise<T>} promise @returns {Promise<T>} */
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
