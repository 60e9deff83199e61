import type { Handover } from './handover.ts'
import type { Mailbox } from './mailbox.ts'
import type { Refusal } from './refusal.ts'
import { Slot } from './wheel.ts'

/** When a notification counts as delivered: by the grace of its response, or by the client's next word. */
export type AckMode = 'auto' | 'next'

/** Every way a poll ends. There is no other. */
export type PollEnd =
  /** Notifications are handed over; `more` when others wait behind them. */
  | { readonly kind: 'answered'; readonly handover: Handover; readonly more: boolean }
  /** Its time is up, or its token's. */
  | { readonly kind: 'timed-out' }
  /** The client went away. Nobody is told: there is nobody. */
  | { readonly kind: 'hung-up' }
  /** This instance shuts down and sends the client elsewhere. */
  | { readonly kind: 'released' }
  /** It was never held. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What a client asks for with one poll, and who is told how it ended. */
export interface PollRequest {
  readonly clientId: string
  readonly waitMs: number
  /** Most notifications in the answer. */
  readonly limit: number
  readonly ack: AckMode
  /** The cursor the client echoes; null for none. */
  readonly cursor: string | null
  /** Called exactly once, possibly before `hold` returns. */
  end(end: PollEnd): void
}

/**
 * One held request.
 *
 * States: inert until the session of its client is recorded, then held, then ended. It is in its mailbox and on the
 * wheel exactly as long as it has not ended.
 */
export class Poll extends Slot {
  readonly request: PollRequest
  readonly mailbox: Mailbox
  /** Inert polls get nothing: what waits elsewhere must not be read before the session is recorded. */
  live = false
  ended = false
  /** Set by the drain: its time is the drain's, no longer its own. */
  releasing = false

  constructor(request: PollRequest, mailbox: Mailbox) {
    super()
    this.request = request
    this.mailbox = mailbox
  }

  /** The client has gone. */
  hangUp(): void {
    this.mailbox.endPoll(this, { kind: 'hung-up' })
  }

  override due(): void {
    this.mailbox.endPoll(this, this.releasing ? { kind: 'released' } : { kind: 'timed-out' })
  }
}
