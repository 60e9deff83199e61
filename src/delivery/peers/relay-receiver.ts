import type { Mailboxes } from '../mailboxes.ts'
import type { PendingRow } from '../ports.ts'
import { emptyResult, type RelayEntry, type RelayResult, readEntry } from './relay.ts'

interface Needs {
  readonly mailboxes: Pick<Mailboxes, 'acknowledgeCursor' | 'acknowledgeIds'>
  /** Lets a client go that another instance has recorded. */
  readonly clientMoved: (clientId: string, recordedAt: number, cursors: readonly string[]) => void
  /** Takes a stored notification for a client of this instance; returns whether the client is here. */
  readonly takePending: (row: PendingRow) => boolean
  /** A client has acknowledged a notification for which a caller of this instance may wait. */
  readonly acknowledged: (named: { readonly addressee: string; readonly id: string }) => void
  /** Resolves when everything acknowledged so far is deleted, or the deletion takes too long. Never rejects. */
  readonly deleted: () => Promise<void>
}

/**
 * Acts on the entries of another instance. Resolves with one result for each value, in order; the result of a malformed
 * entry is empty.
 */
export type RelayReceiver = (values: readonly unknown[]) => Promise<Partial<RelayResult>[]>

export function relayReceiver({ mailboxes, clientMoved, takePending, acknowledged, deleted }: Needs): RelayReceiver {
  const receive = (entry: RelayEntry): RelayResult => {
    switch (entry.kind) {
      case 'moved':
        clientMoved(entry.clientId, entry.recordedAt, entry.cursors)
        return emptyResult
      case 'cursor':
        return { ...emptyResult, acknowledged: mailboxes.acknowledgeCursor(entry.clientId, entry.cursor) }
      case 'ids':
        return { ...emptyResult, ...mailboxes.acknowledgeIds(entry.clientId, new Set(entry.ids)) }
      case 'pending': {
        const { key, notification } = entry
        return { ...emptyResult, live: takePending({ key, notification, deliveryCount: 1 }) }
      }
      case 'acknowledged':
        acknowledged({ addressee: entry.clientId, id: entry.id })
        return emptyResult
      default:
        return entry satisfies never
    }
  }
  return async (values) => {
    const results = values.map((value) => {
      const entry = readEntry(value)
      return entry === null ? {} : receive(entry)
    })
    // The sender may be about to read the stored notifications of a client that brought our cursors: those that the
    // cursors acknowledged, and those whose grace ended, must be deleted by then.
    await deleted()
    return results
  }
}
