import type { Exchange } from './exchange.ts'
import type { SentNotification } from './notification.ts'

/** A response as server-sent events, in the form of the service. */
export class EventStream {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  begin(retryMs = 200): void {
    this.#exchange.status = 200
    this.#exchange.response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    this.write(`retry: ${retryMs}\nevent: ready\ndata: {"clientId":"alice"}\n\n`)
  }

  notify(notification: SentNotification, cursor: string): void {
    this.write(`id: ${cursor}\ndata: ${JSON.stringify(notification)}\n\n`)
  }

  bye(reason: string): void {
    this.#exchange.response.end(`event: bye\ndata: ${JSON.stringify({ reason })}\n\n`)
  }

  write(text: string | Buffer): void {
    if (!this.#exchange.isOver) this.#exchange.response.write(text)
  }
}
