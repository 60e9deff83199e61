import type { ReceiptKeeping } from '../../adapters/sqs/receipt-keeping.ts'
import type { ReceiptRoom } from '../../adapters/sqs/receipt-room.ts'
import type { SendReceipt } from '../../adapters/sqs/receipt-sender.ts'
import { receiptEvent } from '../../delivery/receipt-event.ts'

interface Needs {
  /** The URLs of `RECEIPT_QUEUES` by their names. */
  readonly queues: ReadonlyMap<string, string>
  readonly send: SendReceipt
  readonly room: ReceiptRoom
  readonly unknownQueue: ReceiptKeeping['unknownQueue']
}

/**
 * Sends each event at once, before its message is deleted: without a database, nothing else remembers that the event is
 * owed.
 */
export function sentReceipts({ queues, send, room, unknownQueue }: Needs): ReceiptKeeping {
  return {
    names: new Set(queues.keys()),
    room,
    wants: ({ notification }) => Boolean(notification.receipt?.to),
    async keep(ended) {
      const queueUrl = queues.get(ended.to ?? '')
      if (queueUrl !== undefined) await send(queueUrl, receiptEvent({ ...ended, since: new Date() }))
    },
    note() {},
    unknownQueue,
  }
}
