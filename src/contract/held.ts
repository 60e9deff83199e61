import type { Refusal } from '../delivery/refusal.ts'
import type { Caller, Input } from './operations.ts'

/**
 * How a held request is answered. It is not a `Reply`: no promise is kept for each of tens of thousands of polls, and
 * whether the answer arrived matters after it was given.
 */

/** Notifications on their way into one response. Whoever writes it says what became of it. */
export interface Arrival {
  /** The members of `notifications`, as JSON. */
  readonly json: string
  readonly cursor: string
  /** Told when nothing that happens to the connection matters any more. */
  watcher: { over(): void } | null
  /** The response is out of this process; called once. */
  written(): void
  /** The connection failed, before or after `written`. */
  failed(): void
}

/** Where the one answer of a held request goes. Exactly one of these is called, once. */
export interface HeldAnswer {
  /** 200. */
  notifications(arrival: Arrival, more: boolean, appliedWaitSeconds: number): void
  /** 204; with `elsewhere` the client is asked to connect anew. */
  nothing(elsewhere: boolean, appliedWaitSeconds: number): void
  /** The refusal's status. */
  refused(refusal: Refusal): void
}

/** A request that is being held; the edge says when its client has gone. */
export interface Held {
  hangUp(): void
}

/** Holds a request and answers it later, or at once (then there may be nothing to hold). Throws a `Refusal`. */
export type HeldHandler = (input: Input<'awaitNotifications'>, caller: Caller, answer: HeldAnswer) => Held | null
