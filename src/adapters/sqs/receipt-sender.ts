import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { ReceiptEvent } from '../../delivery/receipt-event.ts'
import { groupFields, type SendingClients } from './send.ts'

/** The time for a call; an event whose call takes longer counts as not sent. */
const deadlineMs = 4_000

/** Sends the event of a receipt to this queue. Rejects when SQS may not have the event. */
export type SendReceipt = (queueUrl: string, event: ReceiptEvent) => Promise<void>

/**
 * Returns a `SendReceipt`. The group is the addressee of the notification. A FIFO queue drops an event that is sent again
 * within five minutes: all repetitions have one deduplication id.
 */
export function receiptSender({ bounded }: Pick<SendingClients, 'bounded'>): SendReceipt {
  return async (queueUrl, { addressee, identity, text }) => {
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: text,
      MessageAttributes: { 'content-type': { DataType: 'String', StringValue: 'application/cloudevents+json' } },
      ...groupFields(queueUrl, addressee, identity),
    })
    await bounded.send(command, { abortSignal: AbortSignal.timeout(deadlineMs) })
  }
}
