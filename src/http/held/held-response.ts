import type { ServerResponse } from 'node:http'
import type { Handover, Held, HeldAnswer } from '../../contract/held.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { type EdgeLog, logRefusal } from '../edge-log.ts'
import { writeRefusal } from '../problems.ts'
import type { Connection, Exchange } from './connection.ts'

/** A reader that does not read is dropped: what it was handed then waits for it again. Milliseconds. */
const writeDeadlineMs = 10_000

/**
 * The response of one held request, written without Fastify: one head and one body of ready bytes, and no listener,
 * timer or promise of its own while it is held.
 */
export class HeldResponse implements HeldAnswer, Exchange {
  readonly #response: ServerResponse
  readonly #connection: Connection
  readonly #traceId: string
  /** What is held, until it is answered. */
  #held: Held | null = null
  /** What is on its way, until nothing can happen to it any more. */
  #handover: Handover | null = null
  readonly #log: EdgeLog
  /** Names and values that every answer to this request has. */
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

  /** From here on the end of the connection ends the held request. */
  hold(held: Held): void {
    if (this.#answered) return
    this.#held = held
    this.#connection.add(this)
    // It may have ended between the request and this line; then no `close` will tell.
    if (this.#connection.socket.destroyed) this.closed(true)
  }

  notifications(handover: Handover, more: boolean, appliedWaitSeconds: number): void {
    const body = `{"notifications":[${handover.json}],"cursor":"${handover.cursor}","more":${more}}`
    this.#answer()
    const { socket } = this.#connection
    if (socket.destroyed || !socket.writable) return handover.failed()
    const head = [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-store',
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

  nothing(elsewhere: boolean, appliedWaitSeconds: number): void {
    this.#answer()
    const head = [
      'Cache-Control',
      'no-store',
      'Preference-Applied',
      `wait=${appliedWaitSeconds}`,
      'trace-id',
      this.#traceId,
    ]
    if (this.#headers.length > 0) head.push(...this.#headers)
    if (elsewhere) head.push('Connection', 'close')
    this.#response.writeHead(204, head)
    this.#response.end()
  }

  refused(refusal: Refusal): void {
    this.#answer()
    logRefusal(this.#log, refusal, this.#traceId)
    writeRefusal(this.#response, refusal, this.#traceId, this.#headers)
  }

  closed(failed: boolean): void {
    const held = this.#held
    const handover = this.#handover
    this.#held = null
    this.#handover = null
    held?.hangUp()
    if (handover !== null && (failed || !this.#response.writableFinished)) handover.failed()
  }

  /** Called by what was handed over, when the connection does not matter any more. */
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
    // Nearly always the kernel has taken everything by now; `finish` would say so a little later.
    if (this.#response.writableLength === 0) return handover.written()
    this.#response.once('finish', () => handover.written())
    // Behind another response of a pipelining client it is not yet its turn: then that one's deadline counts.
    if (this.#response.socket === null) return
    const deadline = setTimeout(() => this.#connection.socket.destroy(), writeDeadlineMs)
    this.#response.once('close', () => clearTimeout(deadline))
  }
}
