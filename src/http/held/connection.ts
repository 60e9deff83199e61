import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Lease } from '../../delivery/lease.ts'
import type { AnsweredRequests } from './answered-requests.ts'
import type { Exchange } from './exchange.ts'
import { RequestsInFlight, type RequestTraffic } from './requests-in-flight.ts'
import { maxStuckMs, Uptake } from './uptake.ts'

/** The fate of a request: it is served; it is one too many, and its refusal is the last response; it is ignored. */
export type Admission = 'served' | 'one-too-many' | 'ignored'

/** The connections of a server, as far as one of them needs to know. */
export interface Traffic extends RequestTraffic {
  /** Monotonic milliseconds, as of the last look at the connections. */
  readonly now: number
  /** A connection without a request is closed after this. */
  readonly maxIdleMs: number
  /** The response to a request is about to carry these notifications. */
  carries(request: IncomingMessage, leases: readonly Lease[]): void
  /** Counts the answers to bytes that never became a request; those to requests are counted when they have ended. */
  readonly answered: Pick<AnsweredRequests, 'add'>
  connectionGone(connection: Connection): void
  /** The unsent bytes of the connection have changed. */
  unsentChanged(connection: Connection, before: number, after: number): void
}

/** Time for a peer to read its last response and to close. Then the connection is closed without it. */
const lingerMs = 2_000
/** Bytes that are read, and dropped, after the last response. */
const maxDroppedBytes = 1_048_576

const key = Symbol('connection')

/**
 * One TCP connection: the bytes that its peer has not taken, its end, and the responses that are told of that end. There is
 * one listener for them all, so that a poll adds none.
 *
 * States: open; ending, when its last response is decided and no further request is served; closed.
 */
export class Connection {
  readonly socket: Socket
  /** The connection carries a WebSocket, which ends our side only after the peer's close frame. */
  upgraded = false
  readonly requests: RequestsInFlight
  readonly #traffic: Traffic
  readonly #exchanges: Exchange[] = []
  #quietSince: number
  #reset = false
  #dropped = false
  /** When an ending connection is closed at the latest; null while it is open. */
  #endsAt: number | null = null
  #bytesReadAtEnd = 0
  /** The last response as bytes, to be written when those before it are out. */
  #lastWords: string | null = null
  #unsent = 0
  readonly #uptake = new Uptake()

  constructor(socket: Socket, traffic: Traffic) {
    this.socket = socket
    this.#traffic = traffic
    this.requests = new RequestsInFlight(traffic)
    this.#quietSince = traffic.now
    socket.on('close', (hadError) => this.#closed(hadError))
    // Before Node's own listener closes our side, after which the kernel no longer knows about a reset.
    socket.prependListener('end', () => this.#onEnd())
    ;(socket as Socket & { [key]?: Connection })[key] = this
  }

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange)
  }

  remove(exchange: Exchange): void {
    const at = this.#exchanges.indexOf(exchange)
    if (at !== -1) this.#exchanges.splice(at, 1)
  }

  // ── requests ──

  /** No further request is served. */
  get isEnding(): boolean {
    return this.#endsAt !== null
  }

  /** The peer has not sent a byte. */
  get isSilent(): boolean {
    return this.socket.bytesRead === 0
  }

  /** There are responses that are held, written or in their grace. */
  get isHeld(): boolean {
    return this.#exchanges.length > 0
  }

  /** Counts a request in, and out again when its response is out. */
  admit(request: IncomingMessage, response: ServerResponse): Admission {
    if (this.isEnding) {
      if (!this.requests.ignore(request)) this.socket.destroy()
      return 'ignored'
    }
    response.on('close', onResponseClose)
    if (this.requests.admit(request, response)) return 'served'
    this.endAfterResponses()
    return 'one-too-many'
  }

  /** Called once per response, when it is out or never will be. */
  responseClosed(response: ServerResponse): void {
    if (!this.requests.remove(response) || this.requests.size > 0) return
    this.#quietSince = this.#traffic.now
    if (this.#lastWords !== null) this.#part(this.#lastWords)
  }

  /** The response to this request is about to carry these notifications. */
  carries(request: IncomingMessage, leases: readonly Lease[]): void {
    this.#traffic.carries(request, leases)
  }

  /** Counts answers to bytes that never became a request. */
  get answered(): Pick<AnsweredRequests, 'add'> {
    return this.#traffic.answered
  }

  // ── the end ──

  /** Serves no further request: the response that is being written, or waits to be, is the last. */
  endAfterResponses(): void {
    this.#endsAt ??= this.#traffic.now + maxStuckMs
    this.#bytesReadAtEnd = this.socket.bytesRead
  }

  /** Writes this as the last response, after those in flight, and closes. */
  endWith(lastWords: string): void {
    this.endAfterResponses()
    if (this.requests.size === 0) this.#part(lastWords)
    else this.#lastWords = lastWords
  }

  /** More bytes have come on an ending connection. */
  readMore(): void {
    if (this.socket.bytesRead - this.#bytesReadAtEnd > maxDroppedBytes) this.socket.destroy()
  }

  /** Disconnects a peer that does not read: nothing that was written counts as arrived. */
  drop(): void {
    this.#dropped = true
    this.#countUnsent(0)
    this.socket.destroy()
  }

  /** Closes our side at once. A peer that does not close its own, or is still sending, has a little time. */
  #part(lastWords: string): void {
    this.#lastWords = null
    this.#endsAt = this.#traffic.now + lingerMs
    this.socket.end(lastWords)
  }

  // ── unsent bytes ──

  /** Something was written that the kernel has not taken at once. */
  hasWritten(): void {
    if (this.socket.destroyed) return
    if (this.requests.isFull()) this.drop()
    else this.#countUnsent(this.#bytesUnsent())
  }

  /** Looks at the connection, and ends it when one of its limits is reached. */
  look(now: number): void {
    if (this.#endsAt !== null && now >= this.#endsAt) return void this.socket.destroy()
    const unsent = this.#bytesUnsent()
    this.#countUnsent(unsent)
    if (unsent === 0) {
      this.#uptake.clear()
      const isIdle = this.requests.size === 0 && !this.upgraded
      if (isIdle && now - this.#quietSince >= this.#traffic.maxIdleMs) this.socket.destroy()
      return
    }
    if (this.#uptake.isStuck(this.socket)) this.drop()
  }

  /** Bytes that the kernel has not taken: those of the response that is written, and of those that wait behind it. */
  #bytesUnsent(): number {
    return this.requests.queuedBytes() + this.socket.writableLength
  }

  #countUnsent(bytes: number): void {
    const before = this.#unsent
    if (bytes === before) return
    this.#unsent = bytes
    this.#traffic.unsentChanged(this, before, bytes)
  }

  // ── the socket ──

  /**
   * The peer has closed its side. The kernel knows whether the peer also discarded bytes that we wrote: after a reset the
   * socket has no peer any more, and Node closes it without an error.
   * `remoteAddress` asks the kernel only the first time; nothing else in this service may read it.
   * After both sides have ended there is no peer either, and nothing is wrong: a WebSocket whose peer discarded bytes
   * fails earlier, when it writes its last frame.
   */
  #onEnd(): void {
    if (this.upgraded && this.socket.writableEnded) return
    if (this.#exchanges.length > 0 && this.socket.remoteAddress === undefined) this.#reset = true
  }

  #closed(hadError: boolean): void {
    const end = hadError || this.#reset || this.#dropped ? 'failed' : 'closed'
    const webSocket = end === 'closed' ? 'complete' : 'cut'
    this.requests.close(this.upgraded ? webSocket : null)
    this.#countUnsent(0)
    this.#traffic.connectionGone(this)
    for (const exchange of this.#exchanges.splice(0)) exchange.closed(end)
  }
}

/** Returns the connection of a socket. */
export function connectionOf(socket: Socket): Connection {
  const connection = (socket as Socket & { [key]?: Connection })[key]
  if (connection === undefined) throw new Error('this socket was not accepted by a guarded server')
  return connection
}

function onResponseClose(this: ServerResponse): void {
  connectionOf(this.req.socket).responseClosed(this)
}
