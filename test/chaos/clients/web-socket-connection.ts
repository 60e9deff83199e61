import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Notification } from './client.ts'
import type { OpenStream } from './stream-client.ts'

/** Close codes with which the service ends a WebSocket in good order: the time is up, and the instance leaves. */
const closedInOrder = [1000, 1012]

interface Frame {
  readonly type: string
  readonly cursor?: string
  readonly notification?: Notification
}

/** Opens a WebSocket, whose own frames acknowledge. */
export const openWebSocket: OpenStream = ({ url, query, headers, cursor: last }, listener) => {
  if (last !== '') query.set('cursor', last)
  const webSocket = new WebSocket(`${url.replace(/^http/, 'ws')}/notifications?${query}`, ['notifications.v1'], {
    headers,
  })
  let socket: Socket | null = null
  webSocket.on('upgrade', (response) => {
    socket = response.socket
  })
  // Followed by `close`, as is an answer that is no upgrade.
  webSocket.on('error', () => {})
  webSocket.on('close', (code) => listener.over(closedInOrder.includes(code)))
  webSocket.on('message', (data) => {
    const { type, cursor, notification } = JSON.parse(String(data)) as Frame
    if (type === 'ping') webSocket.send('{"type":"pong"}')
    if (type === 'notification' && cursor !== undefined && notification) listener.notification(cursor, notification)
  })
  return {
    async acknowledge(cursor) {
      if (webSocket.readyState !== WebSocket.OPEN) return false
      webSocket.send(JSON.stringify({ type: 'ack', cursor }))
      return true
    },
    destroy: () => webSocket.terminate(),
    reset() {
      if (socket === null) webSocket.terminate()
      else socket.resetAndDestroy()
    },
  }
}
