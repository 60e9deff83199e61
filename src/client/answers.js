import { eventsOf } from './event-stream.js'
import { watchdog } from './waiting.js'

/** @import { Notification } from './client.d.ts' */
/** @import { Requests } from './requests.js' */
/** @import { Settings } from './settings.js' */

/**
 * What the service has answered; with the last one of a request comes how long to wait before the next request.
 *
 * @typedef {{ notifications: readonly Notification[], cursor: string, pauseMs: number }} Answer
 */

/** @type {Answer} */
const nothing = { notifications: [], cursor: '', pauseMs: 0 }
const maxRetryMs = 30_000

/**
 * A long poll.
 *
 * @param {Settings} settings @param {Requests} requests @param {string} cursor @param {AbortSignal} signal
 */
export async function poll({ waitMs, graceMs, random }, requests, cursor, signal) {
  const watch = watchdog(signal)
  // The service spreads the polls of those who leave the time to it. We name ours to know when it is up.
  const spreadMs = waitMs * (1 - random() / 10)
  try {
    return await answerOf(
      await requests.ask(cursor, { wait: Math.round(spreadMs) / 1000 }, 'application/json', watch, spreadMs + graceMs),
    )
  } finally {
    watch.end()
  }
}

/**
 * The answers of a stream as they come. It is over when the service says so; any other end throws.
 *
 * @param {Settings} settings @param {Requests} requests @param {string} cursor @param {AbortSignal} signal
 * @returns {AsyncGenerator<Answer, void>}
 */
export async function* stream({ idleMs, random }, requests, cursor, signal) {
  const watch = watchdog(signal)
  try {
    const response = await requests.ask(cursor, {}, 'text/event-stream', watch, idleMs)
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
    throw new Error('The stream has ended')
  } finally {
    watch.end()
  }
}

/** @param {Response} response */
async function answerOf(response) {
  return response.status === 204 ? nothing : checked(await response.json())
}

/** Others than the service may have answered: the sign-in page of a network, for instance. @param {object} found */
function checked(found) {
  const answer = /** @type {Answer} */ ({ pauseMs: 0, ...found })
  const sound = typeof answer.cursor === 'string' && answer.notifications.every(({ id }) => typeof id === 'string')
  if (!sound) throw new Error('That is no answer of the service')
  return answer
}
