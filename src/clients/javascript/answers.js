import { eventsOf } from './event-stream.js'
import { watchdog } from './waiting.js'

/** @import { Notification } from './client.d.ts' */
/** @import { Requests } from './requests.js' */
/** @import { Settings } from './settings.js' */

/**
 * An answer of the service. `pauseMs` of the last answer to a request is the time to wait before the next request.
 *
 * @typedef {{ notifications: readonly Notification[], cursor: string, pauseMs: number }} Answer
 */

/** @type {Answer} */
const nothing = { notifications: [], cursor: '', pauseMs: 0 }
const maxRetryMs = 30_000

/**
 * Makes one long poll and returns its answer.
 *
 * @param {Settings} settings @param {Requests} requests @param {string} cursor @param {AbortSignal} signal
 */
export async function poll({ waitMs, graceMs, random }, requests, cursor, signal) {
  const watch = watchdog(signal)
  // The service spreads only polls without a `wait`. This client sends one, to know when to give up, so it spreads it
  // here.
  const spreadMs = waitMs * (1 - random() / 10)
  try {
    return await answerOf(
      await requests.get(cursor, { wait: Math.round(spreadMs) / 1000 }, 'application/json', watch, spreadMs + graceMs),
    )
  } finally {
    watch.end()
  }
}

/**
 * Yields the answers of a stream as they come. Returns when the service says `bye`; throws at any other end of the
 * stream.
 *
 * @param {Settings} settings @param {Requests} requests @param {string} cursor @param {AbortSignal} signal
 * @returns {AsyncGenerator<Answer, void>}
 */
export async function* stream({ idleMs, random }, requests, cursor, signal) {
  const watch = watchdog(signal)
  try {
    const response = await requests.get(cursor, {}, 'text/event-stream', watch, idleMs)
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      return yield await answerOf(response)
    }
    let pauseMs = random() * 1000
    yield nothing
    for await (const { type, data, id, retry } of eventsOf(response.body, watch, idleMs)) {
      if (/^\d+$/.test(retry)) pauseMs = Math.min(Number(retry), maxRetryMs)
      if (type === 'bye') return yield { ...nothing, pauseMs }
      const isNotification = data && ['', 'message', 'notification'].includes(type)
      yield isNotification ? checked({ notifications: [JSON.parse(data)], cursor: id }) : nothing
    }
    throw new Error('The stream broke off')
  } finally {
    watch.end()
  }
}

/** @param {Response} response */
async function answerOf(response) {
  return response.status === 204 ? nothing : checked(await response.json())
}

/**
 * Throws unless the body has the form of the service's answers: the sign-in page of a network may have come instead.
 *
 * @param {object} found
 */
function checked(found) {
  const answer = /** @type {Answer} */ ({ pauseMs: 0, ...found })
  const sound = typeof answer.cursor === 'string' && answer.notifications.every(({ id }) => typeof id === 'string')
  if (!sound) throw new Error('The response is not from the service')
  return answer
}
