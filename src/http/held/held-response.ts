import type { ServerResponse } from 'node:http'
import type { Handover, Held, HeldAnswer, Page } from '../../contract/held.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { type EdgeLog, logRefusal } from '../edge-log.ts'
import { writeRefusal } from '../problems.ts'
import type { Connection } from './connection.ts'
import type { ConnectionEnd, Exchange } from './exchange.ts'

/**
 * The response of one held request, written without Fastify: one head and one body of ready bytes, and no listener,
 * timer or promise of its own while it is held.
 */
export class HeldResponse implements HeldAnswer, Exchange {
  readonly #response: ServerResponse
  readonly #connection: Connection
  readonly #traceId: string
  /** The held request, until it is answered. */
  #held: Held | null = null
  /** The notifications in the response, until the end of the connection no longer matters for them. */
  #handover: Handover | null = null
  readonly #log: EdgeLog
  /** Names and values of further headers for any response to this request. */
  readonly #headers: readonly string[]
  #answered = false

  constructor(
    response: ServerResponse,
    connection: Connection,
    traceId: string,
    log: EdgeLog,
    headers: readonly string[],
  ) {
    this.#log = log
    this.#headers = headers
    this.#response = response
    this.#connection = connection
    this.#traceId = traceId
  }

  /** Ends the held request when the connection ends, from here on. */
  hold(held: Held): void {
    if (this.#answered) return
    this.#held = held
    this.#connection.add(this)
    // A connection that ended between the request and this line emits no further `close`.
    if (this.#connection.socket.destroyed) this.closed('failed')
  }

  notifications({ handover, more }: Page, appliedWaitSeconds: number): void {
    const body = `{"notifications":[${handover.json}],"cursor":"${handover.cursor}","more":${more}}`
    this.#answer()
    const { socket } = this.#connection
    if (socket.destroyed || !socket.writable) return handover.failed()
    this.#connection.carries(this.#response.req, handover.leases)
    const head = [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-store',
      'X-Content-Type-Options',
      'nosniff',
      'Preference-Applied',
      `wait=${appliedWaitSeconds}`,
      'trace-id',
      this.#traceId,
    ]
    if (this.#headers.length > 0) head.push(...this.#headers)
    this.#response.writeHead(200, head)
    this.#response.end(body)
    this.#watch(handover)
  }

  timedOut(appliedWaitSeconds: number): void {
    this.#nothing(appliedWaitSeconds, [])
  }

  released(appliedWaitSeconds: number): void {
    this.#nothing(appliedWaitSeconds, ['Connection', 'close'])
  }

  #nothing(appliedWaitSeconds: number, further: readonly string[]): void {
    this.#answer()
    this.#response.writeHead(204, [
      ...['Cache-Control', 'no-store'],
      ...['X-Content-Type-Options', 'nosniff'],
      ...['Preference-Applied', `wait=${appliedWaitSeconds}`],
      ...['trace-id', this.#traceId],
      ...this.#headers,
      ...further,
    ])
    this.#response.end()
  }

  refused(refusal: Refusal): void {
    this.#answer()
    logRefusal(this.#log, refusal, this.#traceId)
    writeRefusal(this.#response, refusal, this.#traceId, this.#headers)
  }

  closed(end: ConnectionEnd): void {
    const held = this.#held
    const handover = this.#handover
    this.#held = null
    this.#handover = null
    held?.hangUp()
    if (handover !== null && (end === 'failed' || !this.#response.writableFinished)) handover.failed()
  }

  /** Called by the handover when the end of the connection no longer matters for it. */
  over(): void {
    this.#handover = null
    this.#connection.remove(this)
  }

  #answer(): void {
    this.#answered = true
    if (this.#held === null) return
    this.#held = null
    this.#connection.remove(this)
  }

  #watch(handover: Handover): void {
    this.#handover = handover
    this.#connection.add(this)
    handover.watcher = this
    // Nearly always the kernel has taken everything by now; `finish` comes a little later.
    if (this.#response.writableLength === 0) return handover.written()
    this.#response.once('finish', () => handover.written())
    this.#connection.hasWritten()
  }
}
