import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'
import { isForPeers } from './allowed-methods.ts'
import { overloaded } from './overload.ts'

/** Called once, with the whole body or the reason why there is none. */
type Done = (error: Error | null, body: Buffer) => void

const nothing = Buffer.alloc(0)

/** A body that is being read into one buffer, however many pieces it comes in. */
class Body {
  readonly #end: (body: Body, error: Error | null) => void
  #buffer = nothing
  #length = 0

  constructor(end: (body: Body, error: Error | null) => void) {
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

  /** Always copies: the piece may be a view of a larger buffer. */
  add(piece: Buffer): void {
    const length = this.#length + piece.length
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#length === 0 ? length : Math.max(length, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    piece.copy(this.#buffer, this.#length)
    this.#length = length
  }

  end(error: Error | null): void {
    this.#end(this, error)
  }
}

/**
 * Reads bodies into memory, within a bound on all that are under way. Past the bound the one that began first is refused:
 * an honest body takes moments, so that slow ones cannot keep others out.
 */
export class Bodies {
  readonly #maxBytes: number
  /** In the order in which they began. */
  readonly #underWay = new Set<Body>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Memory of the bodies that are under way. */
  get bytes(): number {
    return this.#bytes
  }

  /** Reads the body of a request up to its route's limit. Bodies of peers, which have shown their key, do not count. */
  read({ raw, routeOptions }: FastifyRequest, payload: IncomingMessage, done: Done): void {
    const { bodyLimit = 0, config } = routeOptions
    if (Number(raw.headers['content-length'] ?? 0) > bodyLimit)
      return done(new Refusal('ERROR_CONTENT_TOO_LONG'), nothing)
    const counts = !isForPeers(config)
    const body = new Body((ended, error) => {
      payload.off('data', onData)
      payload.off('end', onEnd)
      payload.off('error', onBreak)
      payload.off('close', onBreak)
      if (this.#underWay.delete(ended)) this.#bytes -= ended.capacity
      done(error, ended.bytes)
    })
    const onData = (piece: Buffer) => {
      if (body.length + piece.length > bodyLimit) return body.end(new Refusal('ERROR_CONTENT_TOO_LONG'))
      const before = body.capacity
      body.add(piece)
      if (counts && body.capacity > before) this.#grow(body, before)
    }
    const onEnd = () => body.end(null)
    const onBreak = () => body.end(new Refusal('ERROR_INVALID_ARGUMENT', { message: 'The body ended too early' }))
    payload.on('data', onData)
    payload.on('end', onEnd)
    payload.on('error', onBreak)
    payload.on('close', onBreak)
    payload.resume()
  }

  #grow(body: Body, before: number): void {
    this.#underWay.add(body)
    this.#bytes += body.capacity - before
    for (const oldest of this.#underWay) {
      if (this.#bytes <= this.#maxBytes) return
      oldest.end(overloaded())
    }
  }
}
