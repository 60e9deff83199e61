import { isClientId, isReference, isSubject, type Notification } from '../notification.ts'
import type { TraceContext } from '../trace-context.ts'
import type { SaidExpiry } from './expiry.ts'
import { instantOf } from './instant.ts'

/** The subject of a notification whose sender named none. */
export const defaultSubject = 'notification'

/** A notification as a sender described it in some form. Absent members get the defaults of their transport. */
export interface Draft {
  readonly addressee: unknown
  readonly subject?: unknown
  /** Text, or base64 if `encoding` says so. */
  readonly body: string
  readonly encoding?: 'base64'
  readonly contentType?: unknown
  readonly id?: unknown
  readonly correlationId?: unknown
  readonly sentAt?: unknown
  /** When it expires, wherever its sender says so. `finish` leaves it alone, since it may count from the acceptance. */
  readonly expiries?: readonly SaidExpiry[]
  /** The receipt that its sender asks for in the body. */
  readonly receipt?: SaidReceipt
  /** The trace that its sender names in the body. */
  readonly trace?: TraceContext | null
}

/** The receipt that a sender asks for somewhere. Absent members ask for none. */
export interface SaidReceipt {
  /** True for a receipt that can be looked up. */
  readonly receipt?: unknown
  /** The name of a queue. */
  readonly receiptTo?: unknown
}

/** A body that was looked at for one form. */
export type Recognised =
  | { readonly kind: 'draft'; readonly draft: Draft }
  /** It has the form, and something in it is wrong. The reason is a fixed sentence for logs and attributes. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** It has another form. */
  | { readonly kind: 'other' }

/** A notification, or why a draft is none. */
export type Finished =
  | { readonly ok: true; readonly notification: Notification }
  | { readonly ok: false; readonly reason: string }

/** Checks a draft and fills in what its sender left out. */
export function finish(draft: Draft, defaults: { readonly id: string; readonly sentAt: string }): Finished {
  const { addressee, body, encoding = null } = draft
  const subject = draft.subject ?? defaultSubject
  const id = draft.id ?? defaults.id
  const correlationId = draft.correlationId ?? null
  const contentType = draft.contentType ?? null
  if (!isClientId(addressee)) return invalid('the addressee is not 1 to 512 characters without controls')
  if (!isSubject(subject)) return invalid('the subject is not 1 to 256 characters without controls')
  if (!isReference(id)) return invalid('the id is not 1 to 256 characters without controls')
  if (correlationId !== null && !isReference(correlationId)) {
    return invalid('the correlation id is not 1 to 256 characters without controls')
  }
  // Half a surrogate pair cannot be written as UTF-8, so it would reach the client changed.
  if (!body.isWellFormed()) return invalid('the body is not well-formed Unicode')
  // A NUL can be stored in no text of PostgreSQL.
  if (
    contentType !== null &&
    (typeof contentType !== 'string' || contentType.includes('\0') || !contentType.isWellFormed())
  ) {
    return invalid('the content type is not a text')
  }
  const sentAt = instantOf(draft.sentAt) ?? defaults.sentAt
  const shared = { id, addressee, subject, body, encoding, contentType, sentAt, correlationId }
  return { ok: true, notification: draft.trace ? { ...shared, trace: draft.trace } : shared }
}

function invalid(reason: string): Finished {
  return { ok: false, reason }
}

/** Whether the text is padded base64. Checked without a nested repetition, since bodies are up to 1 MiB. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}
