import type { PendingRow } from '../ports.ts'
import type { ReceiptRequest } from '../receipt.ts'
import type { TraceContext } from '../trace-context.ts'

/** A notification that a publisher asks to be stored. */
export interface Publication {
  /** The publisher's id for it; null when the publisher gave none. */
  readonly id: string | null
  readonly addressee: string
  readonly subject: string
  /** Text, or base64 if `encoding` says so. */
  readonly body: string
  readonly encoding: 'base64' | null
  readonly contentType: string | null
  readonly correlationId: string | null
  /** When its sender says that it was sent (RFC 3339, UTC, with milliseconds); null for now. */
  readonly sentAt: string | null
  /** When it expires, as its sender says (RFC 3339, UTC, with milliseconds); without any time when absent or null. */
  readonly expiresAt?: string | null
  /** After how many seconds it expires, as its sender says; null for no duration. The earlier of the two counts. */
  readonly ttlSeconds: number | null
  readonly trace?: TraceContext | null
  readonly receipt?: ReceiptRequest | null
}

/** The outcomes of a publication. Only `stored` has left anything behind. */
export type PublicationOutcome =
  | { readonly kind: 'stored'; readonly row: PendingRow }
  /** Its addressee has, or lately had, a notification with this id. */
  | { readonly kind: 'duplicate'; readonly id: string }
  /** Its addressee has as many pending notifications as it may. */
  | { readonly kind: 'full' }

export interface Publishing {
  /** Whether publications for one addressee are stored in the order of the calls, however many are in flight. */
  readonly keepsOrder: boolean
  /** Resolves when the outcome is committed; rejects with a `Refusal` when it may not be. */
  insert(publication: Publication): Promise<PublicationOutcome>
}
