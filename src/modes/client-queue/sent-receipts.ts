import type { ReceiptKeeping } from '../../adapters/sqs/receipt-keeping.ts'
import type { SendReceipt } from '../../adapters/sqs/receipt-sender.ts'
import { receiptEvent } from '../../delivery/receipt-event.ts'

interface Needs {
  /** The URLs of `RECEIPT_QUEUES` by their names. */
  readonly queues: ReadonlyMap<string, string>
  readonly send: SendReceipt
  readonly unknownQueue: ReceiptKeeping['unknownQueue']
}

/** Sends the event of each end at once: without a database, the message itself is all that remembers that it is owed. */
export function sentReceipts({ queues, send, unknownQueue }: Needs): ReceiptKeeping {
  return {
    names: new Set(queues.keys()),
    wants: ({ notification }) => Boolean(notification.receipt?.to),
    async keep({ notification, end, acknowledgedBy, deliveryCount }) {
      const { id, addressee, receipt } = notification
      const queueUrl = queues.get(receipt?.to ?? '')
      if (queueUrl === undefined) return
      const isExpired = end === 'outdated'
      const outcome = { id, addressee, since: new Date(), deliveryCount }
      const event = isExpired
        ? receiptEvent({ ...outcome, state: 'expired', by: null })
        : receiptEvent({ ...outcome, state: 'acknowledged', by: acknowledgedBy })
      await send(queueUrl, event)
    },
    note() {},
    unknownQueue,
  }
}
