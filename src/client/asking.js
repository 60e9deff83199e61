import { poll, stream } from './answers.js'
import { errorFrom } from './error.js'
import { remember } from './handled.js'

/** @import { Notification } from './client.d.ts' */
/** @import { NotificationsError } from './error.js' */
/** @import { Patience } from './patience.js' */
/** @import { Requests } from './requests.js' */
/** @import { Settings } from './settings.js' */
/** @typedef {{ settings: Settings, requests: Requests, patience: Patience, handled: Set<string> }} Needs */

/** Who has nothing to say, and says so sooner than this, is not asked again at once every time. */
const soonMs = 500

/**
 * Asks the service until the signal aborts. A notification has been handled when the next one is asked for; an error
 * that is passed along says that it could not be. It is acknowledged then: by the cursor that the next request carries,
 * or by a request of its own where none follows.
 *
 * @param {Needs} needs @param {AbortSignal} signal
 * @param {(notifications: readonly Notification[], quietMs: number) => void} tell what came, and how long there may be
 *   nothing to tell
 * @returns {AsyncGenerator<Notification, void, NotificationsError | undefined>}
 */
export async function* ask({ settings, requests, patience, handled }, signal, tell) {
  const { streams, waitMs, graceMs, idleMs, handlingMs, pause } = settings
  /** The cursor of what was handled as a whole and may not be acknowledged yet. */
  let owed = ''
  /** What was handled of an answer that was not handled as a whole. @type {string[]} */
  let partly = []
  /** @type {Promise<void> | null} */
  let posting = null
  // A cursor stands for all that its stream has brought before, so one request at a time is enough.
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
      tell([], streams ? idleMs : waitMs + graceMs)
      try {
        const answers = streams
          ? stream(settings, requests, carried, signal)
          : [poll(settings, requests, carried, signal)]
        for await (const answer of answers) {
          if (!answered && owed === carried) owed = ''
          answered = true
          patience.answered()
          tell(answer.notifications, idleMs)
          for (const notification of answer.notifications) {
            if (!handled.has(notification.id)) {
              if (signal.aborted) break
              tell([], handlingMs)
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
      const soon = performance.now() - startedAt < soonMs
      if (news || (answered && !soon)) patience.restored()
      if (problem) await patience.failed(errorFrom(problem), signal, (quietMs) => tell([], quietMs))
      else if (!news && soon) await patience.hurried(signal)
      if (pauseMs > 0) await pause(pauseMs, signal, globalThis)
    }
  } finally {
    await posting
    if (owed) await requests.acknowledge({ cursor: owed })
    if (partly.length > 0) await requests.acknowledge({ ids: partly })
  }
}
