import type { IncomingMessage } from 'node:http'

/** What is read of it at most, in bytes. As much as a body may be set to have: whoever sends more is told, and then cut off. */
const maxBytes = 1_048_576
/** For how long; less than a request may take, or it would be answered twice. Milliseconds. */
const maxMs = 5_000

/** Whether there is a body that has not come to its end. */
export function bodyIsUnderWay({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
}

/**
 * Takes what is still to come of a body that was refused before its end, and throws it away. Closed with bytes unread, the
 * connection would be reset, and whoever is still sending may learn of that before it reads the answer: a proxy then
 * says 502 instead of it.
 */
export function readRestOfBody(request: IncomingMessage): void {
  const { socket } = request
  let bytes = 0
  const impatience = setTimeout(() => socket.destroy(), maxMs)
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) socket.destroy()
  })
  // After its end, too; and when the connection is gone.
  request.once('close', () => clearTimeout(impatience))
  request.on('error', () => {})
}
