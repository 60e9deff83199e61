import type { Notification } from '../notification.ts'
import type { Peer } from './directory.ts'

/** An entry that one instance sends to another. The receiver acts on it itself: nothing is relayed twice. */
export type RelayEntry =
  /**
   * The client is at the sender, where it came with these cursors, since `recordedAt`: microseconds of the database's
   * clock, by which the receiver tells whether the client has come to itself since.
   */
  | {
      readonly kind: 'moved'
      readonly clientId: string
      readonly cursors: readonly string[]
      readonly recordedAt: number
    }
  /** The client acknowledges a response that the receiver gave it. */
  | { readonly kind: 'cursor'; readonly clientId: string; readonly cursor: string }
  /** The client acknowledges notifications that the receiver may have handed to it. */
  | { readonly kind: 'ids'; readonly clientId: string; readonly ids: readonly string[] }
  /** A pending notification for a client at the receiver. It is stored, so this only saves time. */
  | { readonly kind: 'pending'; readonly key: string; readonly notification: Notification }
  /** A client has acknowledged this notification, for which a caller of the receiver waits. */
  | { readonly kind: 'acknowledged'; readonly clientId: string; readonly id: string }

/** The result of an entry. Members that do not belong to its kind are zero, empty or false. */
export interface RelayResult {
  readonly acknowledged: number
  /** The ids that named nothing. */
  readonly unknown: readonly string[]
  /** Whether the client is connected at the receiver. */
  readonly live: boolean
}

/** The connection to other instances. */
export interface Relay {
  /** Resolves with the result; rejects, within about 2 s, when the peer may not have received the entry. */
  tell(peer: Peer, entry: RelayEntry): Promise<RelayResult>
}

export const emptyResult: RelayResult = { acknowledged: 0, unknown: [], live: false }

/** Returns the entry that came over the network, or null when the value is none. */
export function readEntry(value: unknown): RelayEntry | null {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null
  const entry = value as Record<string, unknown>
  const forClient = typeof entry.clientId === 'string'
  switch (entry.kind) {
    case 'moved':
      return forClient && areTexts(entry.cursors) && Number.isFinite(entry.recordedAt) ? (value as RelayEntry) : null
    case 'cursor':
      return forClient && typeof entry.cursor === 'string' ? (value as RelayEntry) : null
    case 'ids':
      return forClient && areTexts(entry.ids) ? (value as RelayEntry) : null
    case 'pending':
      return typeof entry.key === 'string' && isNotification(entry.notification) ? (value as RelayEntry) : null
    case 'acknowledged':
      return forClient && typeof entry.id === 'string' ? (value as RelayEntry) : null
    default:
      return null
  }
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isNotification(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { id, addressee, subject, body, sentAt, expiresAt = null } = value as Record<string, unknown>
  if (expiresAt !== null && Number.isNaN(Date.parse(String(expiresAt)))) return false
  return [id, addressee, subject, body, sentAt].every((member) => typeof member === 'string')
}
