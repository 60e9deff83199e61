import type { PendingRow } from '../ports.ts'

/** A client's permission for one task to call back, without the callback URL: that is known to the two alone. */
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

/** What a client asks for. */
export interface NewRegistration {
  readonly clientId: string
  /** What stands for the secret of the callback URL: see `Digest`. */
  readonly digest: string
  readonly subject: string
  readonly correlationId: string | null
  readonly ttlSeconds: number
  readonly maxUses: number
}

/** Where registrations are kept. All reject with a `Refusal` when that cannot be told. */
export interface Registrations {
  /** A fresh secret for the callback URL of this registration. */
  newCallbackId(asked: Omit<NewRegistration, 'digest'>): string
  /** Null: the client has as many live ones as it may. */
  create(asked: NewRegistration): Promise<Registration | null>
  /** Those that are live, the oldest first. */
  list(clientId: string): Promise<readonly Registration[]>
  /** False when the client has none of this id that is not revoked yet. */
  revoke(clientId: string, id: string): Promise<boolean>
}

/** The SHA-256 of a callback id, in hexadecimal digits: the id itself is stored nowhere. */
export type Digest = (callbackId: string) => string

export interface Callback {
  /** The secret of the URL, as it came. */
  readonly callbackId: string
  readonly digest: string
  /** Null when the caller gave none. */
  readonly idempotencyKey: string | null
  readonly body: Uint8Array
  readonly contentType: string | null
}

/** What became of a callback. Only `stored` has left anything behind. */
export type CallbackOutcome =
  /** It is a pending notification now. */
  | { readonly kind: 'stored'; readonly row: PendingRow }
  /** Its key was accepted before, for the notification of this id. */
  | { readonly kind: 'duplicate'; readonly id: string; readonly addressee: string }
  /** There is no such registration. */
  | { readonly kind: 'unknown' }
  /** The registration has expired, was revoked or is used up. */
  | { readonly kind: 'gone' }
  /** Its client has as many pending notifications as it may. */
  | { readonly kind: 'full' }

export interface Callbacks {
  /** Resolves when what it says is committed; rejects with a `Refusal` when it may not be. */
  accept(callback: Callback): Promise<CallbackOutcome>
}
