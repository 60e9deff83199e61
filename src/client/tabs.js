import { ask } from './asking.js'
import { errorFrom } from './error.js'
import { remember } from './handled.js'

/** @import { Needs } from './asking.js' */
/** @import { Notification } from './client.d.ts' */
/** @import { NotificationsError } from './error.js' */
/** @import { TokenSource } from './token.js' */

/** How many notifications a tab keeps that its handler has not come to. */
const maxKept = 1000

/**
 * The name of what the tabs share; empty when this one is on its own. Another client must not hear of it, so the name
 * says whose it is.
 *
 * @param {Needs} needs @param {TokenSource} token
 */
export async function sharedName({ settings, patience }, token) {
  const { shareTabs, url, stopping } = settings
  if (!shareTabs || !globalThis.navigator?.locks || !globalThis.BroadcastChannel) return ''
  if (shareTabs !== true) return `notifications ${url} ${shareTabs}`
  while (!stopping.signal.aborted) {
    try {
      const owner = await token.keepOwner()
      return owner && `notifications ${url} ${owner}`
    } catch (error) {
      await patience.failed(errorFrom(error), stopping.signal)
    }
  }
  return ''
}

/**
 * One of the tabs that share a connection. The one that holds the lock asks, and tells the others what comes; a tab that
 * waits for the lock lives on what it is told. What the last one has not acknowledged comes again to the next one.
 *
 * @param {Needs} needs @param {string} name
 * @returns {AsyncGenerator<Notification, void, NotificationsError | undefined>}
 */
export async function* takeTurns(needs, name) {
  const { settings, patience, handled } = needs
  const stop = settings.stopping.signal
  const channel = new BroadcastChannel(name)
  /** @type {Notification[]} */
  let told = []
  let wake = () => {}
  const onStop = () => wake()
  let relieveAt = 0
  const foresee = (/** @type {number} */ quietMs) => {
    // Those who wait shall not lose patience all at once.
    relieveAt = performance.now() + quietMs + (1 + settings.random()) * settings.graceMs
  }
  channel.onmessage = ({ data }) => {
    foresee(data.quietMs)
    told = [...told, ...data.notifications].slice(-maxKept)
    patience.answered()
    wake()
  }
  stop.addEventListener('abort', onStop)
  try {
    while (!stop.aborted) {
      const waiting = new AbortController()
      const relieved = new AbortController()
      /** @type {((value?: unknown) => void)[]} */
      const releases = []
      let over = false
      const request = (/** @type {LockOptions} */ options) => {
        let granted = false
        const hold = () => {
          granted = true
          wake()
          // One that is granted while we leave is not kept.
          return over ? undefined : new Promise((release) => releases.push(release))
        }
        navigator.locks.request(name, options, hold).catch(() => {
          if (granted) relieved.abort()
          // Some pages (in a sandbox) have locks but may not use them: they ask each on their own.
          else if (!waiting.signal.aborted) hold()
        })
      }
      foresee(settings.waitMs + settings.handlingMs)
      request({ signal: waiting.signal })
      try {
        // A tab that is about to ask has first handled all that it was told.
        while (!stop.aborted && (told.length > 0 || releases.length === 0)) {
          const next = told.shift()
          if (next) {
            const failure = handled.has(next.id) ? undefined : yield next
            if (failure) settings.report('error', { error: failure, retryInMs: null })
            else remember(handled, next.id)
            continue
          }
          if (performance.now() >= relieveAt) {
            // Frozen, or with a handler that does not come back: its turn is over.
            waiting.abort()
            request({ steal: true })
            foresee(settings.handlingMs)
          }
          await new Promise((resolve) => {
            const timer = setTimeout(resolve, relieveAt - performance.now())
            wake = () => resolve(clearTimeout(timer))
          })
        }
        const signal = AbortSignal.any([stop, relieved.signal])
        yield* ask(needs, signal, (notifications, quietMs) => channel.postMessage({ notifications, quietMs }))
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
