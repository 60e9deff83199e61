import type { PendingRow } from '../ports.ts'
import type { ReceiptRequest } from '../receipt.ts'
import type { TraceContext } from '../trace-context.ts'

/** The part of a callback that its client gets: all of it, or only that it came, with an empty body. */
export type Forward = 'data' | 'notice'

/** A client's permission for one task to call back, without the callback URL, which only those two know. */
export interface Registration {
  readonly id: string
  readonly subject: string
  readonly correlationId: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
  /** 0: any number. */
  readonly maxUses: number
  readonly uses: number
}

/** A client's request for a registration. */
export interface NewRegistration {
  readonly clientId: string
  /** Digest of the secret of the callback URL: see `Digest`. */
  readonly digest: string
  readonly subject: string
  readonly correlationId: string | null
  readonly ttlSeconds: number
  readonly maxUses: number
  readonly forward: Forward
  /** The queue that gets the events of the callbacks' outcomes, by its name; null for none. */
  readonly receiptTo?: string | null
  /** After how many seconds each callback's notification expires; null when its sender does not say. */
  readonly notificationTtlSeconds?: number | null
}

/** The registrations of all clients. Every method rejects with a `Refusal` when its result cannot be known. */
export interface Registrations {
  /** Returns a fresh secret for the callback URL of this registration. */
  newCallbackId(asked: Omit<NewRegistration, 'digest'>): string
  /** Returns false for a text that no callback URL ends in. Nothing is looked up for it. */
  isCallbackId(text: string): boolean
  /** Resolves with null when the client has as many live registrations as it may. */
  create(asked: NewRegistration): Promise<Registration | null>
  /** Resolves with those that are live, the oldest first. */
  list(clientId: string): Promise<readonly Registration[]>
  /** Resolves with false when the client has none of this id that is not revoked yet. */
  revoke(clientId: string, id: string): Promise<boolean>
}

/** Returns the SHA-256 of a callback id, in hexadecimal digits: the id itself is stored nowhere. */
export type Digest = (callbackId: string) => string

export interface Callback {
  /** The secret of the URL, as it came. */
  readonly callbackId: string
  readonly digest: string
  /** Null when the caller gave none. */
  readonly idempotencyKey: string | null
  readonly body: Uint8Array
  readonly contentType: string | null
  readonly trace?: TraceContext | null
  /** The receipt that the caller asks for, beside the one that the registration may ask for. */
  readonly receipt?: ReceiptRequest | null
}

/** The outcomes of a callback. Only `stored` has left anything behind. */
export type CallbackOutcome =
  /** It is a pending notification now. */
  | { readonly kind: 'stored'; readonly row: PendingRow }
  /** Its idempotency key was accepted before, for the notification of this id. */
  | { readonly kind: 'duplicate'; readonly id: string; readonly addressee: string }
  /** There is no such registration. */
  | { readonly kind: 'unknown' }
  /** The registration has expired, was revoked or is used up. */
  | { readonly kind: 'gone' }
  /** Its client has as many pending notifications as it may. */
  | { readonly kind: 'full' }

export interface Callbacks {
  /** Resolves when the outcome is committed; rejects with a `Refusal` when it may not be. */
  accept(callback: Callback): Promise<CallbackOutcome>
}
