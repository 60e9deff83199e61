/** An HTTP/1.1 message; every byte is one character (latin1). */
export interface HttpMessage {
  /** The part before the empty line: the request or status line, and the headers. */
  readonly head: string
  readonly body: string
}

const contentLength = /\r\ncontent-length: *(\d+)/i

/**
 * Splits a stream into HTTP/1.1 messages. It understands only the messages that the servers of this benchmark write:
 * with a Content-Length or without a body. That makes it some ten times cheaper than a complete client, and the cost of
 * the generator limits the load that it can make.
 */
export class HttpReader {
  readonly #onMessage: (message: HttpMessage) => void
  #rest = ''

  constructor(onMessage: (message: HttpMessage) => void) {
    this.#onMessage = onMessage
  }

  read(bytes: Buffer, length = bytes.length): void {
    let text = bytes.toString('latin1', 0, length)
    if (this.#rest !== '') text = this.#rest + text
    let at = 0
    while (at < text.length) {
      const headEnd = text.indexOf('\r\n\r\n', at)
      if (headEnd === -1) break
      const head = text.slice(at, headEnd)
      const bodyEnd = headEnd + 4 + bodyLength(head)
      if (bodyEnd > text.length) break
      at = bodyEnd
      this.#onMessage({ head, body: text.slice(headEnd + 4, bodyEnd) })
    }
    this.#rest = text.slice(at)
  }
}

function bodyLength(head: string): number {
  const length = contentLength.exec(head)?.[1]
  if (length !== undefined) return Number(length)
  if (/\r\ntransfer-encoding:/i.test(head)) throw new Error('chunked bodies are not supported here')
  return 0
}

/** Returns the status of a response. */
export function statusOf({ head }: HttpMessage): number {
  return Number(head.slice(9, 12))
}
