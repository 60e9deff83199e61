import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Lease } from '../../delivery/lease.ts'
import type { AnsweredRequests } from './answered-requests.ts'
import type { Exchange } from './exchange.ts'
import { maxStuckMs, Uptake } from './uptake.ts'

/** The fate of a request: it is served; it is one too many, and its refusal is the last response; it is ignored. */
export type Admission = 'served' | 'one-too-many' | 'ignored'

/** The connections of a server, as far as one of them needs to know. */
export interface Traffic {
  /** Monotonic milliseconds, as of the last look at the connections. */
  readonly now: number
  /** The server has more requests in flight than it may have. */
  readonly isCrowded: boolean
  /** A connection without a request is closed after this. */
  readonly maxIdleMs: number
  requestsInFlight: number
  /** A response has ended, and with it everything about its request: called once for each. */
  responseEnded(request: IncomingMessage, status: number | null, end: 'complete' | 'cut'): void
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
/**
 * Unanswered requests on one connection. Node parses all of a 64 KiB read before anything else happens, which is up to
 * some thousand requests, so that its own back-pressure comes too late.
 */
const maxRequests = 100
/** Bytes of responses that wait behind another response of their connection. */
const maxQueuedBytes = 1_048_576
/** Requests that are ignored after the refusal of one too many: about as many as one read can hold. */
const maxIgnored = 4_096
/** Bytes that are read, and dropped, after the last response. */
const maxDroppedBytes = 1_048_576

const key = Symbol('connection')

/**
 * One TCP connection: its requests in flight, the bytes that its peer has not taken, and the responses that are told how
 * it ends. There is one listener for them all, so that a poll adds none.
 *
 * States: open; ending, when its last response is decided and no further request is served; closed.
 */
export class Connection {
  readonly socket: Socket
  /** The connection carries a WebSocket, which ends our side only after the peer's close frame. */
  upgraded = false
  readonly #traffic: Traffic
  readonly #exchanges: Exchange[] = []
  /** In the order of their requests. */
  readonly #responses: ServerResponse[] = []
  /** The response to a request for a WebSocket: a refusal, or nothing once the WebSocket is open. */
  #upgrade: ServerResponse | null = null
  /** The latest request, if it has a body. */
  #bodied: IncomingMessage | null = null
  #quietSince: number
  #reset = false
  #dropped = false
  /** When an ending connection is closed at the latest; null while it is open. */
  #endsAt: number | null = null
  #bytesReadAtEnd = 0
  #ignored = 0
  /** The last response as bytes, to be written when those before it are out. */
  #lastWords: string | null = null
  #unsent = 0
  readonly #uptake = new Uptake()

  constructor(socket: Socket, traffic: Traffic) {
    this.socket = socket
    this.#traffic = traffic
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

  /** The request whose body is still arriving. */
  get bodyUnderWay(): IncomingMessage | null {
    return this.#bodied === null || this.#bodied.complete ? null : this.#bodied
  }

  /** Returns the response to this request while it is in flight. */
  responseTo(request: IncomingMessage): ServerResponse | null {
    return this.#responses.find(({ req }) => req === request) ?? null
  }

  /** Counts a request in, and out again when its response is out. */
  admit(request: IncomingMessage, response: ServerResponse): Admission {
    const { headers } = request
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    this.#bodied = hasBody ? request : null
    this.#traffic.requestsInFlight += 1
    if (this.#endsAt !== null) {
      this.#ignored += 1
      if (this.#ignored > maxIgnored || this.#traffic.isCrowded) this.socket.destroy()
      return 'ignored'
    }
    this.#responses.push(response)
    response.on('close', onResponseClose)
    if (this.#responses.length === 1) return 'served'
    if (this.#responses.length <= maxRequests && this.#queuedBytes() <= maxQueuedBytes) return 'served'
    this.endAfterResponses()
    return 'one-too-many'
  }

  /** Called once per response, when it is out or never will be. */
  responseClosed(response: ServerResponse): void {
    const at = this.#responses.indexOf(response)
    if (at === -1) return
    if (at === 0) this.#responses.shift()
    else this.#responses.splice(at, 1)
    this.#traffic.requestsInFlight -= 1
    this.#tellEnd(response)
    if (this.#responses.length > 0) return
    this.#quietSince = this.#traffic.now
    if (this.#lastWords !== null) this.#part(this.#lastWords)
  }

  /** Remembers a request for a WebSocket, which ends with its connection. */
  upgradeAsked(response: ServerResponse): void {
    this.#upgrade = response
  }

  /** The request of the WebSocket that this connection carries. */
  get upgradeRequest(): IncomingMessage | null {
    return this.#upgrade?.req ?? null
  }

  /** The response to this request is about to carry these notifications. */
  carries(request: IncomingMessage, leases: readonly Lease[]): void {
    this.#traffic.carries(request, leases)
  }

  #tellEnd(response: ServerResponse): void {
    const { req, headersSent, statusCode, writableFinished } = response
    this.#traffic.responseEnded(req, headersSent ? statusCode : null, writableFinished ? 'complete' : 'cut')
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
    if (this.#responses.length === 0) this.#part(lastWords)
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
    const queued = this.#queuedBytes()
    if (queued > maxQueuedBytes) this.drop()
    else this.#countUnsent(queued + this.socket.writableLength)
  }

  /** Looks at the connection, and ends it when one of its limits is reached. */
  look(now: number): void {
    if (this.#endsAt !== null && now >= this.#endsAt) return void this.socket.destroy()
    const unsent = this.#queuedBytes() + this.socket.writableLength
    this.#countUnsent(unsent)
    if (unsent === 0) {
      this.#uptake.clear()
      const isIdle = this.#responses.length === 0 && !this.upgraded
      if (isIdle && now - this.#quietSince >= this.#traffic.maxIdleMs) this.socket.destroy()
      return
    }
    if (this.#uptake.isStuck(this.socket)) this.drop()
  }

  /** The bytes of responses that wait behind another one. */
  #queuedBytes(): number {
    let bytes = 0
    for (const response of this.#responses) if (response.socket === null) bytes += response.writableLength
    return bytes
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
    this.#traffic.requestsInFlight -= this.#responses.length + this.#ignored
    for (const response of this.#responses.splice(0)) this.#tellEnd(response)
    this.#ignored = 0
    this.#countUnsent(0)
    this.#traffic.connectionGone(this)
    const end = hadError || this.#reset || this.#dropped ? 'failed' : 'closed'
    if (this.#upgrade !== null) {
      if (this.upgraded) this.#traffic.responseEnded(this.#upgrade.req, 101, end === 'closed' ? 'complete' : 'cut')
      else this.#tellEnd(this.#upgrade)
    }
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
