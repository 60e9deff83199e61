import type { Handover } from './handover.ts'
import type { Mailbox } from './mailbox.ts'
import { Poll, type PollRequest } from './poll.ts'
import { Trail } from './trail.ts'

/** What a client asks for with one stream, and who is told what comes of it. It never ends `answered`. */
export interface StreamRequest extends PollRequest {
  /** An event holds one notification. */
  readonly limit: 1
  /** The session of the client is recorded: from here on there may be events. Called once, unless the stream ends before. */
  opened(): void
  /** Takes an event; answers whether it can take another one now. If not, the stream waits for `resume`. */
  event(handover: Handover): boolean
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
  /** Whether its connection takes events: one that does not read must not fill memory. */
  ready = true

  constructor(request: StreamRequest, mailbox: Mailbox) {
    super(request, mailbox)
    this.taker = request
    this.trail = new Trail(mailbox.mailboxes.nextNumber(), request.ack)
  }

  /** Its connection takes events again. */
  resume(): void {
    if (this.ended || this.ready) return
    this.ready = true
    if (this.live) this.mailbox.deliver([this])
  }
}
