import type { IncomingMessage, ServerResponse } from 'node:http'

/** The members of a response that a case can set. */
interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A request of a client, and the response to it. Times are those of `performance.now`. */
export class Exchange {
  readonly at = performance.now()
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly response: ServerResponse
  /** The status that was answered; null while the client waits, or when its connection failed. */
  status: number | null = null
  /** The cursor that the service made for this response. */
  cursor = ''

  constructor(request: IncomingMessage, body: string, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://service')
    this.method = request.method ?? ''
    this.path = pathname
    this.query = searchParams
    this.headers = request.headers
    this.body = body
    this.response = response
    response.on('error', () => {})
  }

  /** The bearer token; empty when there is none. */
  get token(): string {
    return /^Bearer (.+)$/i.exec(this.headers.authorization ?? '')?.[1] ?? ''
  }

  /** The cursor that the client sends; empty when there is none. */
  get carried(): string {
    return this.query.get('cursor') || String(this.headers['last-event-id'] ?? '')
  }

  get isOver(): boolean {
    return this.response.writableEnded || this.response.destroyed
  }

  /** Answers, unless the client has gone. */
  answer({ status = 200, headers = {}, body = '' }: Answer): void {
    if (this.isOver) return
    this.status = status
    this.response.writeHead(status, { 'cache-control': 'no-store', ...headers }).end(body)
  }

  json(status: number, members: object, headers: Readonly<Record<string, string>> = {}): void {
    this.answer({ status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(members) })
  }

  /** Answers that there is nothing. */
  empty(): void {
    this.answer({ status: 204 })
  }

  /** Answers with an error of the service. */
  refuse(status: number, error: string, headers: Readonly<Record<string, string>> = {}): void {
    this.json(status, { error, message: 'No', context: 'trace-1' }, headers)
  }

  /** Answers with a page, as proxies and captive portals do. */
  page(status: number, headers: Readonly<Record<string, string>> = {}): void {
    const body = `<html><head><title>${status}</title></head><body><h1>Hello from a proxy</h1></body></html>`
    this.answer({ status, headers: { 'content-type': 'text/html', ...headers }, body })
  }

  /** Breaks the connection with a reset. */
  reset(): void {
    this.response.socket?.resetAndDestroy()
  }

  /** Closes the connection in an orderly way, whatever was written. */
  close(): void {
    this.response.socket?.end()
    this.response.socket?.destroySoon()
  }

  /** Writes bytes past HTTP's own rules. */
  raw(bytes: string | Buffer): void {
    this.response.socket?.write(bytes)
  }
}
