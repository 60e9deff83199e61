import { Notifications } from '../client.js'
import { overEventSource } from './event-source.js'
import { overWebSocket } from './web-socket.js'

/** @import { Events } from './reconnecting.js' */
/** @import { Tokens } from './stack.js' */
/** @typedef {ReturnType<typeof connect>} Connection */

/**
 * Connects a client to an instance, until the connection is closed.
 *
 * @param {string} transport @param {string} url @param {Tokens} tokens @param {Events} events
 */
export function connect(transport, url, tokens, events) {
  if (transport === 'event-source') return overEventSource(url, tokens, events)
  if (transport === 'web-socket') return overWebSocket(url, tokens, events)
  const source = new Notifications({
    url,
    getToken: ({ refresh }) => tokens.get({ refresh }),
    transport: transport === 'sse' ? 'sse' : 'long-poll',
  })
  source.addEventListener('open', () => events.open())
  source.addEventListener('notification', ({ notification }) => events.notification(notification))
  source.addEventListener('error', ({ error, retryInMs }) => events.lost(`${error.code}: ${error.message}`, retryInMs))
  return source.start()
}
