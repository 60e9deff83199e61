import { poll, stream } from './answers.js'
import { errorFrom } from './error.js'

/** @import { Notification } from './client.d.ts' */
/** @import { NotificationsError } from './error.js' */
/** @import { BackOff } from './back-off.js' */
/** @import { Requests } from './requests.js' */
/** @import { Settings } from './settings.js' */
/** @typedef {{ settings: Settings, requests: Requests, backOff: BackOff, handled: Set<string> }} Needs */

/**
 * An answer that comes sooner is quick: the client does not always poll again at once after a quick answer without
 * news.
 */
const quickMs = 500
/** Older ids are forgotten; their notifications are handled a second time if they come again. */
const maxHandled = 1000

/**
 * Asks the service for notifications until the signal aborts. A notification counts as handled when the caller asks for
 * the next one, unless the caller passes an error to `next`. Handled notifications are acknowledged by the cursor of
 * the next request, or by a request of their own if no request follows.
 *
 * @param {Needs} needs @param {AbortSignal} signal
 * @param {(notifications: readonly Notification[], quietMs: number) => void} share is called with the notifications that
 *   came, and with the time that may pass until the next call
 * @returns {AsyncGenerator<Notification, void, NotificationsError | undefined>}
 */
export async function* receive({ settings, requests, backOff, handled }, signal, share) {
  const { streams, waitMs, graceMs, idleMs, handlingMs, pause } = settings
  /** The cursor of the last answer that was handled completely; empty once it is acknowledged. */
  let owed = ''
  /** The ids handled of an answer that was not handled completely. @type {string[]} */
  let partly = []
  /** @type {Promise<void> | null} */
  let posting = null
  // A cursor acknowledges everything before it on its stream, so one acknowledgement in flight at a time is enough.
  const post = async () => {
    for (let posted = ''; owed && owed !== posted && !signal.aborted; ) {
      posted = owed
      if ((await requests.acknowledge({ cursor: posted })) && owed === posted) owed = ''
    }
  }
  try {
    while (!signal.aborted) {
      const startedAt = performance.now()
      const carried = owed
      let answered = false
      let news = false
      let pauseMs = 0
      /** @type {unknown} */
      let problem
      share([], streams ? idleMs : waitMs + graceMs)
      try {
        const answers = streams
          ? stream(settings, requests, carried, signal)
          : [poll(settings, requests, carried, signal)]
        for await (const answer of answers) {
          if (!answered && owed === carried) owed = ''
          answered = true
          backOff.answered()
          share(answer.notifications, idleMs)
          for (const notification of answer.notifications) {
            if (!handled.has(notification.id)) {
              if (signal.aborted) break
              share([], handlingMs)
              const failure = yield notification
              problem ??= failure
              if (failure) continue
              news = true
              remember(handled, notification.id)
            }
            partly.push(notification.id)
          }
          if (partly.length < answer.notifications.length) break
          partly = []
          owed = answer.cursor || owed
          if (streams && owed) {
            posting ??= post().finally(() => {
              posting = null
            })
          }
          pauseMs = answer.pauseMs
        }
      } catch (error) {
        problem = error
      }
      if (signal.aborted) break
      if (partly.length > 0) await requests.acknowledge({ ids: partly })
      partly = []
      const quick = performance.now() - startedAt < quickMs
      if (news || (answered && !quick)) backOff.restored()
      if (problem) await backOff.failed(errorFrom(problem), signal, (quietMs) => share([], quietMs))
      else if (!news && quick) await backOff.hurried(signal)
      if (pauseMs > 0) await pause(pauseMs, signal, globalThis)
    }
  } finally {
    await posting
    if (owed) await requests.acknowledge({ cursor: owed })
    if (partly.length > 0) await requests.acknowledge({ ids: partly })
  }
}

/**
 * Adds an id to those of the notifications that were handled, and drops the oldest.
 *
 * @param {Set<string>} handled @param {string} id
 */
export function remember(handled, id) {
  handled.add(id)
  const [oldest = ''] = handled
  if (handled.size > maxHandled) handled.delete(oldest)
}
