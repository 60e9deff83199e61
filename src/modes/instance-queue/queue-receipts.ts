import type { PostgresReceipts } from '../../adapters/postgres/receipts.ts'
import type { ReceiptKeeping } from '../../adapters/sqs/receipt-keeping.ts'
import type { ReceiptRoom } from '../../adapters/sqs/receipt-room.ts'

interface Needs {
  readonly receipts: Pick<PostgresReceipts, 'record'>
  /** The names of `RECEIPT_QUEUES`. */
  readonly names: ReadonlySet<string>
  readonly room: ReceiptRoom
  /** Called when an event was stored that has to be sent. */
  readonly onEvent: () => void
  readonly unknownQueue: ReceiptKeeping['unknownQueue']
}

/** Keeps the receipts of messages in the database, beside those of stored notifications. */
export function queueReceipts({ receipts, names, room, onEvent, unknownQueue }: Needs): ReceiptKeeping {
  return {
    names,
    room,
    unknownQueue,
    wants: ({ notification }) => Boolean(notification.receipt),
    async keep(ended) {
      await receipts.record(ended)
      if (ended.to !== null) onEvent()
    },
    note({ notification, deliveryCount, hops }, state) {
      // A message that comes again, or from another instance, has been noted before.
      if (state === 'pending' && (deliveryCount > 1 || hops > 0)) return
      const { addressee, id, receipt } = notification
      const noted = { addressee, id, state, by: null, deliveryCount, to: receipt?.to ?? null }
      // The end is stored in any case: a state that is not noted is unknown until then.
      void receipts.record(noted).catch(() => {})
    },
  }
}
