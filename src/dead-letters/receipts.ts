import type { SendReceipt } from '../adapters/sqs/receipt-sender.ts'
import { isClientId, isReference } from '../delivery/notification.ts'
import { receiptEvent } from '../delivery/receipt-event.ts'
import { factsOf, type Letter } from './letter.ts'

/** The receipts of letters whose senders asked for them. */
export interface Receipts {
  /** Returns the name of the queue that has to get the letter's receipt; null when none has to, or has it already. */
  dueTo(letter: Letter): string | null
  /** Sends the receipt to the queue of this name. Rejects when it may not be there. */
  send(letter: Letter, name: string): Promise<void>
}

interface Needs {
  /** The URLs of `RECEIPT_QUEUES` by their names. Nothing is sent to any other queue. */
  readonly queues: ReadonlyMap<string, string>
  readonly send: SendReceipt
  readonly say: (line: string) => void
}

/** Returns the receipts that are sent to these queues. Says once when a letter names another queue. */
export function receiptsOf({ queues, send, say }: Needs): Receipts {
  let isTold = false
  const unknown = ({ id, receiptTo }: Letter): null => {
    if (!isTold) say(`RECEIPT_QUEUES has no queue ${JSON.stringify(receiptTo)}, which ${id} names: no receipt is sent`)
    isTold = true
    return null
  }
  return {
    dueTo(letter) {
      const { receiptTo, isReceiptSent, id } = letter
      if (receiptTo === null || isReceiptSent || !isClientId(factsOf(letter).addressee) || !isReference(id)) return null
      return queues.has(receiptTo) ? receiptTo : unknown(letter)
    },
    async send(letter, name) {
      const { id, receiveCount } = letter
      const { addressee } = factsOf(letter)
      const queueUrl = queues.get(name)
      if (queueUrl === undefined || addressee === null) throw new Error(`RECEIPT_QUEUES has no queue ${name}`)
      // The receive by which the letter was read is not one of its deliveries.
      const counted = { deliveryCount: Math.max(0, receiveCount - 1), since: new Date(), by: null }
      await send(queueUrl, receiptEvent({ id, addressee, state: 'dead-lettered', ...counted }))
    },
  }
}
