import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Bye, Handover } from '../../contract/held.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { type EdgeLog, logRefusal } from '../edge-log.ts'
import { writeRefusal } from '../problems.ts'
import type { Connection } from './connection.ts'
import type { Pulse } from './pulse.ts'
import { StreamResponse } from './stream-response.ts'

/** Too short to be noticed, and spread, so that the clients of an instance that ends do not all reconnect at once. */
const minRetryMs = 500
const retrySpreadMs = 2_000

interface Surroundings {
  readonly response: ServerResponse
  readonly connection: Connection
  readonly pulse: Pulse
  readonly traceId: string
  readonly log: EdgeLog
  /** Names and values of further headers for any response to this request. */
  readonly headers: readonly string[]
}

/** A stream as server-sent events (WHATWG HTML, 9.2). */
export class EventStream extends StreamResponse {
  override readonly transport = 'event-stream'
  readonly #response: ServerResponse
  readonly #traceId: string
  readonly #log: EdgeLog
  readonly #headers: readonly string[]

  constructor({ response, connection, pulse, traceId, log, headers }: Surroundings) {
    super(connection, pulse)
    this.#response = response
    this.#traceId = traceId
    this.#log = log
    this.#headers = headers
  }

  protected get request(): IncomingMessage {
    return this.#response.req
  }

  protected begin(clientId: string, appliedWaitSeconds: number): void {
    this.#response.writeHead(200, [
      ...['Content-Type', 'text/event-stream'],
      ...['Cache-Control', 'no-store, no-transform'],
      ...['X-Content-Type-Options', 'nosniff'],
      // nginx and similar proxies would buffer the events.
      ...['X-Accel-Buffering', 'no'],
      ...['Preference-Applied', `wait=${appliedWaitSeconds}`],
      ...['trace-id', this.#traceId],
      // When the stream ends, the balancer chooses an instance anew.
      ...['Connection', 'close'],
      ...this.#headers,
    ])
    const retryMs = Math.round(minRetryMs + Math.random() * retrySpreadMs)
    this.#response.write(`retry: ${retryMs}\nevent: ready\ndata: ${JSON.stringify({ clientId })}\n\n`)
  }

  /** `JSON.stringify` writes no line break, so one `data:` line holds all of it. */
  protected write({ cursor, json }: Handover, out: (error?: Error | null) => void): number {
    this.#response.write(`id: ${cursor}\ndata: ${json}\n\n`, out)
    return this.#response.writableLength
  }

  protected sign(): void {
    this.#response.write(':\n\n')
  }

  protected finish(reason: Bye): void {
    this.#response.end(`event: bye\ndata: ${JSON.stringify({ reason })}\n\n`)
  }

  protected refuse(refusal: Refusal): void {
    logRefusal(this.#log, refusal, this.#traceId)
    writeRefusal(this.#response, refusal, this.#traceId, this.#headers)
  }

  /** Clients of server-sent events cannot send anything. */
  protected isSilent(): boolean {
    return false
  }
}
