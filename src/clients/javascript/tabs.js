import { errorFrom } from './error.js'
import { receive, remember } from './polling.js'
import { watchdog } from './waiting.js'

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
  if (!shareTabs || !canShare()) return ''
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

/** Returns whether the page may use locks and channels. A browser may lack them, or forbid them by throwing. */
function canShare() {
  try {
    new BroadcastChannel('').close()
    return Boolean(navigator.locks.request)
  } catch {
    return false
  }
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
  const share = (/** @type {readonly Notification[]} */ notifications, /** @type {number} */ quietMs) => {
    try {
      channel.postMessage({ notifications, quietMs })
    } catch {
      // The browser has closed the channel. The other tabs will notice the silence.
    }
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
      const polling = watchdog(stop)
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
        // A page in a sandbox has locks but may not use them, and a stand-in for locks may do anything at all. A tab
        // without a lock polls alone.
        Promise.resolve()
          .then(() => navigator.locks.request(name, options, hold))
          .then(
            () => granted || hold(),
            () => {
              if (granted) polling.end()
              else if (options.steal || !waiting.signal.aborted) hold()
            },
          )
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
            // The polling tab is frozen, or its handler does not return: take the lock from it, or else do without.
            const again = waiting.signal.aborted
            waiting.abort()
            if (again) releases.push(() => {})
            else request({ steal: true })
            foresee(settings.handlingMs)
            continue
          }
          await new Promise((resolve) => {
            const timer = setTimeout(resolve, dueAt - performance.now())
            wake = () => resolve(clearTimeout(timer))
          })
        }
        yield* receive(needs, polling.signal, share)
      } finally {
        over = true
        waiting.abort()
        polling.end()
        for (const release of releases) release()
      }
    }
  } finally {
    stop.removeEventListener('abort', onStop)
    channel.close()
  }
}
