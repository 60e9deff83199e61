import type { Notification } from './notification.ts'

/**
 * The ports of the core to the world outside. Each is a promise that its adapter makes; the simulation keeps them with
 * fakes, the service with the real parts.
 */

/** The log: a fixed sentence plus fields, never a body or a token. A pino logger is one. */
export interface Log {
  debug(fields: object, sentence: string): void
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

/** Time. The core never looks at a clock of its own. */
export interface Clock {
  /** Milliseconds that only go forward, and go on while the process is paused. */
  now(): number
  /** Calls `wake` once, not before `ms` have passed; the returned function cancels that. */
  after(ms: number, wake: () => void): () => void
}

/** A notification that is stored until it is acknowledged. */
export interface PendingRow {
  readonly key: string
  readonly notification: Notification
  /** How often it was read to be handed over, this time included. */
  readonly deliveryCount: number
}

/**
 * Whether the addressee was connected to some instance at that moment (`live`) or not (`pending`). `queued`: the
 * notification is in the queue of its addressee, and nobody looked.
 */
export type Reach = 'live' | 'pending' | 'queued'

/** Takes notifications that have just been stored to their addressee. Neither call rejects, or takes more than 3 s. */
export interface Dispatcher {
  /** Hands the row over here, or tells the instance that has its addressee. */
  dispatch(row: PendingRow): Promise<Reach>
  /** Looks up where the addressee is, and tells no instance. */
  reachOf(addressee: string): Promise<Reach>
}

/** Where a client is, for senders. */
export interface FoundSession {
  readonly clientId: string
  readonly online: boolean
  readonly mode: 1 | 2
  /** The instance that holds the client; null when that is unknown or it is offline. */
  readonly instanceId: string | null
  /** The queue that reaches the client; null when it is offline in mode 1. */
  readonly queueUrl: string | null
}

/** Looks up where a client is. Rejects with a `Refusal` when the database does not answer. */
export type FindSession = (clientId: string) => Promise<FoundSession>
