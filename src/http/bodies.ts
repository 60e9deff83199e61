import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'
import { isForPeers } from './allowed-methods.ts'
import { connectionOf } from './held/connection.ts'
import { overloaded } from './overload.ts'

/** Called once, with the whole body or the reason why there is none. */
type Done = (error: Error | null, body: Buffer) => void

const nothing = Buffer.alloc(0)

/** A body that is being read into one buffer, however many pieces it comes in. */
class Body {
  readonly #maxLength: number
  readonly #end: (body: Body, error: Error | null) => void
  #buffer = nothing
  #length = 0

  constructor(maxLength: number, end: (body: Body, error: Error | null) => void) {
    this.#maxLength = maxLength
    this.#end = end
  }

  get length(): number {
    return this.#length
  }

  /** The memory it takes. */
  get capacity(): number {
    return this.#buffer.length
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Always copies: the piece may be a view of a larger buffer. Returns false when the body would become too long. */
  add(piece: Buffer): boolean {
    const length = this.#length + piece.length
    if (length > this.#maxLength) return false
    if (length > this.#buffer.length) {
      const doubled = Math.min(2 * this.#buffer.length, this.#maxLength)
      const larger = Buffer.allocUnsafe(Math.max(length, doubled))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    piece.copy(this.#buffer, this.#length)
    this.#length = length
    return true
  }

  end(error: Error | null): void {
    this.#end(this, error)
  }
}

/** Bodies up to this size are always handled: those of acknowledgements, which free memory, and of most requests. */
const smallBytes = 4_096

/**
 * Reads bodies into memory, within one bound on those that are arriving and one on those that are being handled. Past the
 * first, the body that began first is refused: an honest body takes moments, so that slow ones cannot keep others out. Past
 * the second, which a database that answers slowly fills, further bodies are refused unless they are small.
 */
export class Bodies {
  readonly #maxArrivingBytes: number
  readonly #maxHandledBytes: number
  /** In the order in which they began. */
  readonly #arriving = new Set<Body>()
  #arrivingBytes = 0
  #handledBytes = 0

  constructor(bounds: { readonly maxArrivingBytes: number; readonly maxHandledBytes: number }) {
    this.#maxArrivingBytes = bounds.maxArrivingBytes
    this.#maxHandledBytes = bounds.maxHandledBytes
  }

  /** Memory of the bodies that have not arrived completely. */
  get arrivingBytes(): number {
    return this.#arrivingBytes
  }

  /** Memory of the bodies that have arrived, and whose response is not out. */
  get handledBytes(): number {
    return this.#handledBytes
  }

  /** Reads the body of a request up to its route's limit. Bodies of peers, which have shown their key, do not count. */
  read({ raw, routeOptions }: FastifyRequest, payload: IncomingMessage, done: Done): void {
    const { bodyLimit = 0, config } = routeOptions
    if (Number(raw.headers['content-length'] ?? 0) > bodyLimit)
      return done(new Refusal('ERROR_CONTENT_TOO_LONG'), nothing)
    const response = connectionOf(raw.socket).requests.responseTo(raw)
    if (response === null) return done(endedEarly(), nothing)
    const counts = !isForPeers(config)
    const body = new Body(bodyLimit, (ended, error) => {
      payload.off('data', onData)
      payload.off('end', onEnd)
      payload.off('error', onBreak)
      payload.off('close', onBreak)
      response.off('close', onBreak)
      if (this.#arriving.delete(ended)) this.#arrivingBytes -= ended.capacity
      if (error !== null || !counts) return done(error, ended.bytes)
      done(this.#handle(ended, response), ended.bytes)
    })
    const onData = (piece: Buffer) => {
      const before = body.capacity
      if (!body.add(piece)) return body.end(new Refusal('ERROR_CONTENT_TOO_LONG'))
      if (counts && body.capacity > before) this.#grow(body, before)
    }
    const onEnd = () => body.end(null)
    const onBreak = () => body.end(endedEarly())
    payload.on('data', onData)
    payload.on('end', onEnd)
    payload.on('error', onBreak)
    payload.on('close', onBreak)
    // A request that was answered before its body was complete, because the body was late or its end was no HTTP: Node
    // forgets such a request, which then never closes.
    response.on('close', onBreak)
    payload.resume()
  }

  #grow(body: Body, before: number): void {
    this.#arriving.add(body)
    this.#arrivingBytes += body.capacity - before
    for (const oldest of this.#arriving) {
      if (this.#arrivingBytes <= this.#maxArrivingBytes) return
      oldest.end(overloaded())
    }
  }

  /** Counts a complete body until its response is out. Returns the refusal when there are too many. */
  #handle({ capacity, length }: Body, response: ServerResponse): Refusal | null {
    if (length > smallBytes && this.#handledBytes + capacity > this.#maxHandledBytes) return overloaded()
    this.#handledBytes += capacity
    response.once('close', () => {
      this.#handledBytes -= capacity
    })
    return null
  }
}

function endedEarly(): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message: 'The body ended too early' })
}
