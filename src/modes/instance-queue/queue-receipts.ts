import type { PostgresReceipts } from '../../adapters/postgres/receipts.ts'
import type { ReceiptKeeping } from '../../adapters/sqs/receipt-keeping.ts'
import type { Lease } from '../../delivery/lease.ts'
import type { ReceiptState } from '../../delivery/receipt.ts'

interface Needs {
  readonly receipts: Pick<PostgresReceipts, 'record'>
  /** The names of `RECEIPT_QUEUES`. */
  readonly names: ReadonlySet<string>
  /** Called when an event is stored that is to be sent. */
  readonly onEvent: () => void
  readonly unknownQueue: ReceiptKeeping['unknownQueue']
}

/** Keeps the receipts of messages in the database, as those of stored notifications. */
export function queueReceipts({ receipts, names, onEvent, unknownQueue }: Needs): ReceiptKeeping {
  const record = ({ notification, deliveryCount, acknowledgedBy }: Lease, state: ReceiptState) => {
    const { addressee, id, receipt } = notification
    const by = state === 'acknowledged' ? acknowledgedBy : null
    return receipts.record({ addressee, id, state, by, deliveryCount, to: receipt?.to ?? null })
  }
  return {
    names,
    unknownQueue,
    wants: ({ notification }) => Boolean(notification.receipt),
    async keep(lease) {
      await record(lease, lease.end === 'outdated' ? 'expired' : 'acknowledged')
      if (lease.notification.receipt?.to) onEvent()
    },
    // Its end is stored in any case, so a state that is not noted is only unknown for a while.
    note: (lease, state) => void record(lease, state).catch(() => {}),
  }
}
