import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Lease } from '../../delivery/lease.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { AccessLog } from '../access-log.ts'
import { AnsweredRequests } from './answered-requests.ts'
import { Connection, type Traffic } from './connection.ts'
import { lookEveryMs } from './uptake.ts'

/** A round of looks is made in slices, so that tens of thousands of connections never take one long moment. */
const slicesPerRound = 10
/** Time for a request to arrive completely. A held request has arrived. */
export const maxRequestMs = 15_000
/**
 * Node ends connections that are idle or whose request is late, and answers the latter with 408. It looks every second, and
 * later on a busy machine: a connection is closed here only when Node has missed it for so long.
 */
const missedMs = 10_000
/** Unsent bytes of all connections. Past it those that have not taken theirs for longest are disconnected. */
const maxUnsentBytes = 64 * 1_048_576

interface Needs {
  readonly clock: Clock
  /** Node closes connections that are idle for so long, unless their peer has sent a byte. */
  readonly keepAliveMs: number
  /** Requests in flight on all connections, held ones included. */
  readonly maxRequestsInFlight: number
  /** Called when a peer is disconnected because all together have taken too little. */
  readonly onTooMuchUnsent: () => void
  readonly accessLog: Pick<AccessLog, 'ended' | 'carries'> | null
}

/** All connections of a server: what they add up to, and the regular look at each. */
export class Connections implements Traffic {
  now: number
  requestsInFlight = 0
  unsentBytes = 0
  readonly answered = new AnsweredRequests()
  readonly maxIdleMs: number
  readonly #clock: Clock
  readonly #maxRequestsInFlight: number
  readonly #onTooMuchUnsent: () => void
  readonly #accessLog: Pick<AccessLog, 'ended' | 'carries'> | null
  readonly #all = new Set<Connection>()
  /** Those with unsent bytes, from the longest to the latest. */
  readonly #slow = new Set<Connection>()
  #round: Iterator<Connection> = this.#all.values()
  #slice = 0
  #perSlice = 0
  #cancel: (() => void) | null = null

  constructor({ clock, keepAliveMs, maxRequestsInFlight, onTooMuchUnsent, accessLog }: Needs) {
    this.#clock = clock
    this.now = clock.now()
    this.maxIdleMs = keepAliveMs + maxRequestMs + missedMs
    this.#maxRequestsInFlight = maxRequestsInFlight
    this.#onTooMuchUnsent = onTooMuchUnsent
    this.#accessLog = accessLog
  }

  get size(): number {
    return this.#all.size
  }

  get isCrowded(): boolean {
    return this.requestsInFlight > this.#maxRequestsInFlight
  }

  /** Remembers a connection from the moment it opens. */
  readonly accept = (socket: Socket): void => {
    if (this.#cancel === null) {
      this.now = this.#clock.now()
      this.#schedule()
    }
    this.#all.add(new Connection(socket, this))
  }

  /** Ends every connection at once. */
  destroy(): void {
    for (const { socket } of this.#all) socket.destroy()
  }

  connectionGone(connection: Connection): void {
    this.#all.delete(connection)
    if (this.#all.size > 0) return
    this.#cancel?.()
    this.#cancel = null
  }

  responseEnded(request: IncomingMessage, status: number | null, end: 'complete' | 'cut'): void {
    this.answered.count(request, status)
    this.#accessLog?.ended(request, status, end)
  }

  carries(request: IncomingMessage, leases: readonly Lease[]): void {
    this.#accessLog?.carries?.(request, leases)
  }

  unsentChanged(connection: Connection, before: number, after: number): void {
    if (after === 0) this.#slow.delete(connection)
    else if (before === 0) this.#slow.add(connection)
    this.unsentBytes += after - before
    if (after > before) this.#relieve()
  }

  #relieve(): void {
    if (this.unsentBytes <= maxUnsentBytes) return
    for (const slowest of this.#slow) {
      slowest.drop()
      if (this.unsentBytes <= maxUnsentBytes) break
    }
    this.#onTooMuchUnsent()
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(lookEveryMs / slicesPerRound, () => {
      this.now = this.#clock.now()
      this.#schedule()
      this.#lookAtSome()
    })
  }

  /** Looks at a part of the connections: each of them once a round, at about the same time in it. */
  #lookAtSome(): void {
    if (this.#slice === 0) {
      this.#round = this.#all.values()
      this.#perSlice = Math.ceil(this.#all.size / slicesPerRound)
    }
    this.#slice = (this.#slice + 1) % slicesPerRound
    for (let looked = 0; looked < this.#perSlice; looked++) {
      const { value, done } = this.#round.next()
      if (done) return
      value.look(this.now)
    }
  }
}
