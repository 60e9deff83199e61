import type { Handover as DeliveryHandover } from '../delivery/handover.ts'
import type { Transport } from '../delivery/poll.ts'
import type { Refusal } from '../delivery/refusal.ts'
import type { Caller, Input } from './operations.ts'

/**
 * The seam between the edge and the handlers of held requests. A held request is not answered with a `Reply`, because a
 * promise for each of tens of thousands of polls would cost memory, and the fate of the response matters later on.
 */

export type { Watcher } from '../delivery/handover.ts'

/** Notifications being handed over in a response or an event: the part of the core's handover that the edge needs. */
export type Handover = Pick<DeliveryHandover, 'json' | 'cursor' | 'leases' | 'watcher' | 'written' | 'failed'>

/** Notifications for one response. */
export interface Page {
  readonly handover: Handover
  /** Whether others wait behind them. */
  readonly more: boolean
}

/** Answers a held request. Exactly one of the methods is called, once. */
export interface HeldAnswer {
  /** Answers 200. */
  notifications(page: Page, appliedWaitSeconds: number): void
  /** Answers 204: the time of the poll is up. */
  timedOut(appliedWaitSeconds: number): void
  /** Answers 204 and closes the connection, so that the client connects to another instance: this one shuts down. */
  released(appliedWaitSeconds: number): void
  /** Answers with the status of the refusal. */
  refused(refusal: Refusal): void
}

/** A held request. The edge calls `hangUp` when the client has disconnected. */
export interface Held {
  hangUp(): void
}

/** Holds a request and answers it later. Returns null when it has already answered. Throws a `Refusal`. */
export type HeldHandler = (
  input: Input<'awaitNotifications'>,
  caller: Omit<Caller, 'onHangUp'>,
  answer: HeldAnswer,
) => Held | null

/** The reason for the end of a stream, as sent to its client. */
export type Bye = 'timed-out' | 'expired' | 'restart'

/**
 * Answers a request with a stream: either `refused`; or `opened`, then events, and one `bye` unless the client left.
 */
export interface StreamAnswer {
  readonly transport: Exclude<Transport, 'long-poll'>
  opened(clientId: string, appliedWaitSeconds: number): void
  /** Writes one notification. Returns whether the next may follow at once; otherwise `HeldStream.resume` says when. */
  event(handover: Handover): boolean
  bye(reason: Bye): void
  refused(refusal: Refusal): void
}

/** A held stream. */
export interface HeldStream extends Held {
  /** Tells the stream that its connection accepts events again. */
  resume(): void
  /** Acknowledges up to the cursor, for a client that does so over the connection of the stream. */
  acknowledge(cursor: string): void
}

/** Holds a request as a stream. Throws a `Refusal`. */
export type StreamHandler = (
  input: Input<'awaitNotifications'>,
  caller: Omit<Caller, 'onHangUp'>,
  answer: StreamAnswer,
) => HeldStream
