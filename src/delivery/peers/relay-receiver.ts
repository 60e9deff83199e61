import type { Mailboxes } from '../mailboxes.ts'
import type { PendingRow } from '../ports.ts'
import type { Forwarding } from './forwarding.ts'
import { emptyResult, type RelayEntry, type RelayResult } from './relay.ts'

interface Needs {
  readonly mailboxes: Mailboxes
  readonly delivery: Forwarding
  /** Takes a stored notification for a client of this instance; returns whether the client is here. */
  readonly takePending: (row: PendingRow) => boolean
}

/** Returns the function that acts on what another instance tells this one. */
export function relayReceiver({ mailboxes, delivery, takePending }: Needs): (entry: RelayEntry) => RelayResult {
  return (entry) => {
    switch (entry.kind) {
      case 'moved':
        delivery.moved(entry.clientId, entry.cursors)
        return emptyResult
      case 'cursor':
        return { ...emptyResult, acknowledged: mailboxes.acknowledgeCursor(entry.clientId, entry.cursor) }
      case 'ids':
        return { ...emptyResult, ...mailboxes.acknowledgeIds(entry.clientId, new Set(entry.ids)) }
      case 'pending': {
        const { key, notification } = entry
        return { ...emptyResult, live: takePending({ key, notification, deliveryCount: 1 }) }
      }
      default:
        return entry satisfies never
    }
  }
}
