import { keepOpen } from './reconnecting.js'
import { ask } from './stack.js'

/** @import { Events } from './reconnecting.js' */
/** @import { Tokens } from './stack.js' */

/**
 * Connects by the browser's `EventSource`. By itself it would reconnect with a ticket that is used up, so each
 * connection is a new `EventSource` with a new ticket and the cursor of the last event.
 *
 * @param {string} url @param {Tokens} tokens @param {Events} events
 */
export function overEventSource(url, tokens, events) {
  let cursor = ''
  const acknowledge = () => {
    const body = JSON.stringify({ cursor })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    // A failure is ignored: the notification comes again, and the page drops the duplicate.
    ask(`${url}/notifications/ack`, tokens, init).catch(() => {})
  }
  return keepOpen(async (opened, signal) => {
    const { ticket } = await ask(`${url}/tickets`, tokens, { method: 'POST', signal })
    const source = new EventSource(
      `${url}/notifications?${new URLSearchParams({ ticket, ack: 'next', ...(cursor && { cursor }) })}`,
    )
    try {
      return await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => resolve('closed'), { once: true })
        source.addEventListener('ready', opened)
        source.addEventListener('message', ({ data, lastEventId }) => {
          events.notification(JSON.parse(data))
          cursor = lastEventId
          acknowledge()
        })
        source.addEventListener('bye', ({ data }) => {
          const { reason } = JSON.parse(data)
          if (reason === 'expired') tokens.forget()
          resolve(reason)
        })
        source.addEventListener('error', () => reject(new Error('the stream broke off')))
      })
    } finally {
      source.close()
    }
  }, events)
}
