import type { Handover as DeliveryHandover } from '../delivery/handover.ts'
import type { Refusal } from '../delivery/refusal.ts'
import type { Caller, Input } from './operations.ts'

/**
 * How a held request is answered. It is not a `Reply`: no promise is kept for each of tens of thousands of polls, and
 * whether the answer arrived matters after it was given.
 */

export type { Watcher } from '../delivery/handover.ts'

/** Notifications on their way into one response, or one event: the part of the core's hand-over that the edge needs. */
export type Handover = Pick<DeliveryHandover, 'json' | 'cursor' | 'watcher' | 'written' | 'failed'>

/** Where the one answer of a held request goes. Exactly one of these is called, once. */
export interface HeldAnswer {
  /** 200. */
  notifications(handover: Handover, more: boolean, appliedWaitSeconds: number): void
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

/** Why a stream ends, as its client is told. */
export type Bye = 'timed-out' | 'expired' | 'restart'

/** Where a stream goes: `refused`; or `opened`, then events, and one `bye` unless the client goes before. */
export interface StreamAnswer {
  opened(clientId: string, appliedWaitSeconds: number): void
  /** One notification. Answers whether another one may follow now; if not, `HeldStream.resume` is called when it may. */
  event(handover: Handover): boolean
  bye(reason: Bye): void
  refused(refusal: Refusal): void
}

/** A stream that is being held. */
export interface HeldStream extends Held {
  /** The connection takes events again. */
  resume(): void
  /** The client acknowledges over the connection itself. */
  acknowledge(cursor: string): void
}

/** Holds a request as a stream. Throws a `Refusal`. */
export type StreamHandler = (input: Input<'awaitNotifications'>, caller: Caller, answer: StreamAnswer) => HeldStream
