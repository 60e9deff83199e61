import type { Mailboxes } from '../mailboxes.ts'
import type { PendingRow } from '../ports.ts'
import type { Forwarding } from './forwarding.ts'
import { nothingCameOfIt, type RelayEntry, type RelayResult } from './relay.ts'

interface Needs {
  readonly mailboxes: Mailboxes
  readonly delivery: Forwarding
  /** Takes a stored notification for a client that is here; answers whether it is. */
  readonly takePending: (row: PendingRow) => boolean
}

/** What this instance does when another one tells it something. */
export function relayReceiver({ mailboxes, delivery, takePending }: Needs): (entry: RelayEntry) => RelayResult {
  return (entry) => {
    switch (entry.kind) {
      case 'moved':
        delivery.moved(entry.clientId, entry.cursors)
        return nothingCameOfIt
      case 'cursor':
        return { ...nothingCameOfIt, acknowledged: mailboxes.acknowledgeCursor(entry.clientId, entry.cursor) }
      case 'ids':
        return { ...nothingCameOfIt, ...mailboxes.acknowledgeIds(entry.clientId, new Set(entry.ids)) }
      case 'pending': {
        const { key, notification } = entry
        return { ...nothingCameOfIt, live: takePending({ key, notification, deliveryCount: 1 }) }
      }
      default:
        return entry satisfies never
    }
  }
}
