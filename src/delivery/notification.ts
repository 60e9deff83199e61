import type { ReceiptRequest } from './receipt.ts'
import type { TraceContext } from './trace-context.ts'

/**
 * A message for one client. It never changes once it is accepted; how often it was shown and which instance holds it belongs
 * to the lease.
 */
export interface Notification {
  /** The sender's id, or the one its source gave. A client drops duplicates by it. */
  readonly id: string
  /** The client id it is for. */
  readonly addressee: string
  readonly subject: string
  /** The text as it was sent, untouched; base64 when `encoding` says so. */
  readonly body: string
  /** `base64` when the sent bytes are not UTF-8, else null. */
  readonly encoding: 'base64' | null
  /** The media type the sender named; null when it named none. */
  readonly contentType: string | null
  /** When it was sent: RFC 3339, UTC, with milliseconds. */
  readonly sentAt: string
  readonly correlationId: string | null
  /** When it expires, which is said by its sender: RFC 3339, UTC, with milliseconds. Never when absent. */
  readonly expiresAt?: string | null
  /** The trace that it belongs to, which is for operators and not for its client; none when absent. */
  readonly trace?: TraceContext | null
  /** The receipt that its sender asks for; none when absent. */
  readonly receipt?: ReceiptRequest | null
}

/** Returns when the notification expires: milliseconds since 1970, infinity for never. */
export function expiryOf({ expiresAt }: Pick<Notification, 'expiresAt'>): number {
  return typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.POSITIVE_INFINITY
}

/** Returns the text of UTF-8, complete with a byte order mark; null for other bytes, which a client gets as base64. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Longest allowed client id, in UTF-16 code units. */
export const maxClientIdLength = 512
/** Longest allowed subject, in UTF-16 code units. */
export const maxSubjectLength = 256
/** Longest allowed correlation id, notification id or idempotency key, in UTF-16 code units. */
export const maxReferenceLength = 256

/** Whether the text has no control characters: ids end up in logs, headers and queue names. */
function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return false
  }
  // Half a surrogate pair is no character: two ids that differ in it would be the same in the database.
  return text.isWellFormed()
}

/** Whether this can be the id of a client: 1 to 512 characters, none of them a control character. */
export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxClientIdLength && isPrintable(value)
}

/** Whether this can be the subject of a notification: 1 to 256 characters, none of them a control character. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxSubjectLength && isPrintable(value)
}

/** Whether this can be a notification id, a correlation id or an idempotency key: 1 to 256 characters, no controls. */
export function isReference(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxReferenceLength && isPrintable(value)
}
