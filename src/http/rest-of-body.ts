import type { IncomingMessage } from 'node:http'

/** The upper limit of `MAX_BODY_BYTES`. A client that sends more gets its refusal, and is then disconnected. */
const maxBytes = 1_048_576
/** Shorter than the time limit of a request, after which the request would be answered a second time. */
const maxMs = 5_000

/** Returns whether a body is still arriving. */
export function bodyIsUnderWay({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
}

/**
 * Reads and drops the rest of a body that was refused before its end. Closing the connection with bytes unread would reset
 * it, and a client that is still sending may notice the reset before it reads the response: a proxy then answers 502.
 */
export function readRestOfBody(request: IncomingMessage): void {
  const { socket } = request
  let bytes = 0
  const impatience = setTimeout(() => socket.destroy(), maxMs)
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) socket.destroy()
  })
  // Emitted after the end of the body, and when the connection is gone.
  request.once('close', () => clearTimeout(impatience))
  request.on('error', () => {})
}
