import type { AckMode, Handover } from './handover.ts'
import type { Refusal } from './refusal.ts'
import { Slot } from './wheel.ts'

/** How a held request is answered: with one response, with server-sent events, or over a WebSocket. */
export type Transport = 'long-poll' | 'event-stream' | 'web-socket'

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

/** A client's request for one poll, and the listener for its end. */
export interface PollRequest {
  readonly clientId: string
  readonly waitMs: number
  /** How many notifications the answer may have at most. */
  readonly limit: number
  readonly ack: AckMode
  /** The cursor the client echoes; null for none. */
  readonly cursor: string | null
  /** Called exactly once, possibly before `hold` returns. */
  end(end: PollEnd): void
}

/** The owner of polls. */
export interface PollOwner {
  endPoll(poll: Poll, end: PollEnd): void
  /** The time of the poll is up. */
  pollDue(poll: Poll): void
}

/**
 * One held request.
 *
 * States: inert until the session of its client is recorded (it gets nothing: what waits elsewhere must not be read
 * before), then held, then ended. A poll that was refused or hung up was never held. It is in its mailbox and on the
 * wheel exactly as long as it has not ended.
 */
export class Poll extends Slot {
  readonly request: PollRequest
  state: 'inert' | 'held' | 'ended' = 'inert'
  readonly #owner: PollOwner

  constructor(request: PollRequest, owner: PollOwner) {
    super()
    this.request = request
    this.#owner = owner
  }

  get transport(): Transport {
    return 'long-poll'
  }

  /** The client has gone. */
  hangUp(): void {
    this.#owner.endPoll(this, { kind: 'hung-up' })
  }

  override due(): void {
    this.#owner.pollDue(this)
  }
}
