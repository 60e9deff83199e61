import { backOffOf } from './back-off.js'
import { NotificationsError } from './error.js'
import { receive } from './polling.js'
import { requestsOf } from './requests.js'
import { settingsOf } from './settings.js'
import { shareConnection, sharedName } from './tabs.js'
import { tokenSource } from './token.js'

export { NotificationsError }

/** @import { Notification, Options } from './client.d.ts' */
/** @import { Parts, Settings } from './settings.js' */

/**
 * @param {Options} options @param {Parts} parts @returns {AsyncIterableIterator<Notification, undefined, undefined>}
 */
export function notifications(options, parts = {}) {
  const stopping = new AbortController()
  const running = run(settingsOf(options, stopping, parts))
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => running.next(),
    return() {
      // Without the abort the generator would end only when the request in flight is answered.
      stopping.abort()
      return running.return(undefined)
    },
  }
}

export class Notifications extends EventTarget {
  #stopping = new AbortController()
  #settings
  /** @type {Promise<void> | null} */
  #ended = null

  /** @param {Options} options @param {Parts} parts */
  constructor(options, parts = {}) {
    super()
    const report = (/** @type {string} */ type, members = {}) =>
      void this.dispatchEvent(Object.assign(new Event(type), members))
    this.#settings = settingsOf(options, this.#stopping, { ...parts, report })
  }

  start() {
    this.#ended ??= this.#run()
    return this
  }

  async close() {
    this.#stopping.abort()
    await this.#ended
  }

  async #run() {
    const { report } = this.#settings
    const running = run(this.#settings)
    try {
      let step = await running.next()
      while (!step.done) {
        /** @type {unknown[]} */
        const waits = []
        report('notification', {
          notification: step.value,
          waitUntil: (/** @type {unknown} */ wait) => waits.push(wait),
        })
        // Waits for all promises even when one has failed, so that no handler is still running when the notification
        // comes again.
        const failed = (await Promise.allSettled(waits)).find((wait) => wait.status === 'rejected')
        step = await running.next(
          failed && new NotificationsError('ERROR_HANDLER', 'waitUntil was rejected', { cause: failed.reason }),
        )
      }
    } catch (error) {
      report('error', { error, retryInMs: null })
    }
    report('close')
  }
}

/** @param {Settings} settings @returns {AsyncGenerator<Notification, undefined, NotificationsError | undefined>} */
async function* run(settings) {
  const { signal, stopping } = settings
  const token = tokenSource(settings)
  const requests = requestsOf(settings, token)
  const needs = { settings, requests, backOff: backOffOf(settings), handled: new Set() }
  const onAbort = () => stopping.abort()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  try {
    const name = await sharedName(needs, token)
    yield* name ? shareConnection(needs, name) : receive(needs, stopping.signal, () => {})
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
