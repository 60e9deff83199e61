import type { Handover } from './handover.ts'
import { Poll, type PollOwner, type PollRequest, type Transport } from './poll.ts'
import type { Trail } from './trail.ts'

/** A client's request for one stream, and the taker of its events. It never ends `answered`. */
export interface StreamRequest extends PollRequest {
  /** An event holds one notification. */
  readonly limit: 1
  readonly transport: Exclude<Transport, 'long-poll'>
  /** The session of the client is recorded: from here on there may be events. Called once, unless the stream ends before. */
  opened(): void
  /** Takes an event; returns whether it can take another one now. If not, the stream waits for `resume`. */
  event(handover: Handover): boolean
}

/** The owner of streams. */
export interface StreamOwner extends PollOwner {
  /** Hands what waits to this stream. */
  feed(stream: Stream): void
}

/**
 * A poll that hand-overs do not end: each is an event, with a cursor and a grace of its own.
 *
 * It counts, lingers and is drained as a poll. With `ack=next` a lease is handed to it once, and again only when its
 * source has shown it again.
 */
export class Stream extends Poll {
  readonly taker: StreamRequest
  readonly trail: Trail
  /** Whether its connection takes events: a connection that does not read must not fill memory. */
  ready = true
  readonly #owner: StreamOwner

  constructor(request: StreamRequest, owner: StreamOwner, trail: Trail) {
    super(request, owner)
    this.taker = request
    this.trail = trail
    this.#owner = owner
  }

  override get transport(): Transport {
    return this.taker.transport
  }

  /** Its connection takes events again. */
  resume(): void {
    if (this.state === 'ended' || this.ready) return
    this.ready = true
    if (this.state === 'held') this.#owner.feed(this)
  }
}
