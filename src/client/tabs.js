import { errorFrom } from './error.js'
import { receive, remember } from './polling.js'

/** @import { Needs } from './polling.js' */
/** @import { Notification } from './client.d.ts' */
/** @import { NotificationsError } from './error.js' */
/** @import { TokenSource } from './token.js' */

/** A tab whose handler is slower than the notifications drops the oldest beyond this number. */
const maxKept = 1000

/**
 * Returns the name of the lock and the channel that tabs share, or '' when this tab does not share. The name contains
 * the client, so that tabs of different clients do not share notifications.
 *
 * @param {Needs} needs @param {TokenSource} token
 */
export async function sharedName({ settings, backOff }, token) {
  const { shareTabs, url, stopping } = settings
  if (!shareTabs || !globalThis.navigator?.locks || !globalThis.BroadcastChannel) return ''
  if (shareTabs !== true) return `notifications ${url} ${shareTabs}`
  while (!stopping.signal.aborted) {
    try {
      const owner = await token.keepOwner()
      return owner && `notifications ${url} ${owner}`
    } catch (error) {
      await backOff.failed(errorFrom(error), stopping.signal)
    }
  }
  return ''
}

/**
 * Yields the notifications of a tab that shares a connection. The tab that holds the lock polls and passes the
 * notifications on; a tab that waits for the lock gets them from there. Notifications that one polling tab has not
 * acknowledged come again to the next.
 *
 * @param {Needs} needs @param {string} name
 * @returns {AsyncGenerator<Notification, void, NotificationsError | undefined>}
 */
export async function* shareConnection(needs, name) {
  const { settings, backOff, handled } = needs
  const stop = settings.stopping.signal
  const channel = new BroadcastChannel(name)
  /** @type {Notification[]} */
  let received = []
  let wake = () => {}
  const onStop = () => wake()
  /** The time at which to take over from a polling tab that is silent. */
  let dueAt = 0
  const foresee = (/** @type {number} */ quietMs) => {
    // Spread at random, so that the waiting tabs do not all try to take over at once.
    dueAt = performance.now() + quietMs + (1 + settings.random()) * settings.graceMs
  }
  channel.onmessage = ({ data }) => {
    foresee(data.quietMs)
    received = [...received, ...data.notifications].slice(-maxKept)
    backOff.answered()
    wake()
  }
  stop.addEventListener('abort', onStop)
  try {
    while (!stop.aborted) {
      const waiting = new AbortController()
      const stolen = new AbortController()
      /** @type {((value?: unknown) => void)[]} */
      const releases = []
      let over = false
      const request = (/** @type {LockOptions} */ options) => {
        let granted = false
        const hold = () => {
          granted = true
          wake()
          // A lock that is granted while this tab is leaving is given back at once.
          return over ? undefined : new Promise((release) => releases.push(release))
        }
        navigator.locks.request(name, options, hold).catch(() => {
          if (granted) stolen.abort()
          // A page in a sandbox has locks but may not use them; such a tab polls on its own.
          else if (!waiting.signal.aborted) hold()
        })
      }
      foresee(settings.waitMs + settings.handlingMs)
      request({ signal: waiting.signal })
      try {
        // A tab handles all notifications that it was passed before it begins to poll.
        while (!stop.aborted && (received.length > 0 || releases.length === 0)) {
          const next = received.shift()
          if (next) {
            const failure = handled.has(next.id) ? undefined : yield next
            if (failure) settings.report('error', { error: failure, retryInMs: null })
            else remember(handled, next.id)
            continue
          }
          if (performance.now() >= dueAt) {
            // The polling tab is frozen, or its handler does not return: take the lock from it.
            waiting.abort()
            request({ steal: true })
            foresee(settings.handlingMs)
          }
          await new Promise((resolve) => {
            const timer = setTimeout(resolve, dueAt - performance.now())
            wake = () => resolve(clearTimeout(timer))
          })
        }
        const signal = AbortSignal.any([stop, stolen.signal])
        yield* receive(needs, signal, (notifications, quietMs) => channel.postMessage({ notifications, quietMs }))
      } finally {
        over = true
        waiting.abort()
        for (const release of releases) release()
      }
    }
  } finally {
    stop.removeEventListener('abort', onStop)
    channel.close()
  }
}
