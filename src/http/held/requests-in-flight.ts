import type { IncomingMessage, ServerResponse } from 'node:http'

/** The requests of a server, as far as one of its connections needs to know. */
export interface RequestTraffic {
  /** The server has more requests in flight than it may have. */
  readonly isCrowded: boolean
  requestsInFlight: number
  /** A response has ended, and with it everything about its request: called once for each. */
  responseEnded(request: IncomingMessage, status: number | null, end: 'complete' | 'cut'): void
}

/**
 * Unanswered requests on one connection. Node parses all of a 64 KiB read before anything else happens, which is up to
 * some thousand requests, so that its own back-pressure comes too late.
 */
const maxRequests = 100
/** Bytes of responses that wait behind another response of their connection. */
const maxQueuedBytes = 1_048_576
/** Requests that are ignored after the refusal of one too many: about as many as one read can hold. */
const maxIgnored = 4_096

/** The requests of one connection whose responses are not out, in their order, and the WebSocket that it may become. */
export class RequestsInFlight {
  readonly #traffic: RequestTraffic
  /** In the order of their requests. */
  readonly #responses: ServerResponse[] = []
  /** The response to a request for a WebSocket: a refusal, or nothing once the WebSocket is open. */
  #upgrade: ServerResponse | null = null
  /** The latest request, if it has a body. */
  #bodied: IncomingMessage | null = null
  #ignored = 0

  constructor(traffic: RequestTraffic) {
    this.#traffic = traffic
  }

  get size(): number {
    return this.#responses.length
  }

  /** Counts a request in. Returns whether the connection has room for it: no request after one too many is served. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    this.#count(request)
    this.#responses.push(response)
    return this.size === 1 || (this.size <= maxRequests && this.queuedBytes() <= maxQueuedBytes)
  }

  /** Counts in a request that is not served. Returns whether that may go on: there are not too many of them. */
  ignore(request: IncomingMessage): boolean {
    this.#count(request)
    this.#ignored += 1
    return this.#ignored <= maxIgnored && !this.#traffic.isCrowded
  }

  #count(request: IncomingMessage): void {
    const { headers } = request
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    this.#bodied = hasBody ? request : null
    this.#traffic.requestsInFlight += 1
  }

  /** Counts a request out, whose response is out or never will be. Returns false for one that was counted out before. */
  remove(response: ServerResponse): boolean {
    const at = this.#responses.indexOf(response)
    if (at === -1) return false
    if (at === 0) this.#responses.shift()
    else this.#responses.splice(at, 1)
    this.#traffic.requestsInFlight -= 1
    this.#tellEnd(response)
    return true
  }

  /** Returns the response to this request while it is in flight. */
  responseTo(request: IncomingMessage): ServerResponse | null {
    return this.#responses.find(({ req }) => req === request) ?? null
  }

  /** The request whose body is still arriving. */
  get bodyUnderWay(): IncomingMessage | null {
    return this.#bodied === null || this.#bodied.complete ? null : this.#bodied
  }

  /** Remembers a request for a WebSocket, which ends with its connection. */
  upgradeAsked(response: ServerResponse): void {
    this.#upgrade = response
  }

  /** The request of the WebSocket that the connection carries. */
  get upgradeRequest(): IncomingMessage | null {
    return this.#upgrade?.req ?? null
  }

  /** Returns the bytes of responses that wait behind another one. */
  queuedBytes(): number {
    let bytes = 0
    for (const response of this.#responses) if (response.socket === null) bytes += response.writableLength
    return bytes
  }

  /** More bytes wait behind another response than may wait. */
  isFull(): boolean {
    return this.queuedBytes() > maxQueuedBytes
  }

  /** The connection is closed: all requests are counted out. `webSocket` is how a WebSocket has ended, if it was open. */
  close(webSocket: 'complete' | 'cut' | null): void {
    this.#traffic.requestsInFlight -= this.size + this.#ignored
    this.#ignored = 0
    for (const response of this.#responses.splice(0)) this.#tellEnd(response)
    if (this.#upgrade === null) return
    if (webSocket === null) this.#tellEnd(this.#upgrade)
    else this.#traffic.responseEnded(this.#upgrade.req, 101, webSocket)
  }

  #tellEnd(response: ServerResponse): void {
    const { req, headersSent, statusCode, writableFinished } = response
    this.#traffic.responseEnded(req, headersSent ? statusCode : null, writableFinished ? 'complete' : 'cut')
  }
}
