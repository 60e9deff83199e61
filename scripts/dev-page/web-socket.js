import { keepOpen } from './reconnecting.js'
import { ask } from './stack.js'

/** @import { Events } from './reconnecting.js' */
/** @import { Tokens } from './stack.js' */

/** The service's close code for an expired token. */
const tokenExpired = 4401

/**
 * Connects by a WebSocket, over which acknowledgements are sent as frames, without further requests.
 *
 * @param {string} url @param {Tokens} tokens @param {Events} events
 */
export function overWebSocket(url, tokens, events) {
  let cursor = ''
  return keepOpen(async (opened, signal) => {
    const { ticket } = await ask(`${url}/tickets`, tokens, { method: 'POST', signal })
    const query = new URLSearchParams({ ticket, ack: 'next', ...(cursor && { cursor }) })
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/notifications?${query}`, 'notifications.v1')
    const say = (/** @type {object} */ frame) => socket.send(JSON.stringify(frame))
    try {
      return await new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve('closed'), { once: true })
        socket.addEventListener('message', ({ data }) => {
          const frame = JSON.parse(data)
          if (frame.type === 'registration') opened()
          if (frame.type === 'ping') say({ type: 'pong' })
          if (frame.type !== 'notification') return
          events.notification(frame.notification)
          cursor = frame.cursor
          say({ type: 'ack', cursor })
        })
        socket.addEventListener('close', ({ code, reason }) => {
          if (code === tokenExpired) tokens.forget()
          resolve(`${code} ${reason || 'the connection was lost'}`)
        })
      })
    } finally {
      socket.close()
    }
  }, events)
}
