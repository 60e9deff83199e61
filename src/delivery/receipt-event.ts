import type { AcknowledgedBy } from './receipt.ts'

/** The end of a notification whose sender named a queue for its receipt. */
export interface ReceiptOutcome {
  /** The id of the notification. */
  readonly id: string
  readonly addressee: string
  readonly state: 'acknowledged' | 'expired' | 'dead-lettered'
  readonly since: Date
  readonly deliveryCount: number
  /** Null unless the notification was acknowledged. */
  readonly by: AcknowledgedBy | null
}

/** An event as it is sent to a queue of `RECEIPT_QUEUES`. */
export interface ReceiptEvent {
  readonly addressee: string
  /** Names the event among all events: the same for each repetition, which its receiver drops by it. */
  readonly identity: string
  /** The event as JSON in ASCII, since SQS refuses some characters. */
  readonly text: string
}

/**
 * Returns the CloudEvent of an outcome (CloudEvents 1.0, structured JSON). Its `source` and `subject` together are the path at
 * which the receipt is looked up. Its `id` is made of the notification's id and the outcome alone, so that an event that is
 * sent twice, by whichever instance, is recognised.
 */
export function receiptEvent({ id, addressee, state, since, deliveryCount, by }: ReceiptOutcome): ReceiptEvent {
  const source = `/receipts/${encodeURIComponent(addressee)}`
  const event = {
    specversion: '1.0',
    id: `${id}/${state}`,
    source,
    type: `notification.${state}`,
    subject: id,
    time: since.toISOString(),
    datacontenttype: 'application/json',
    data: { id, addressee, state, since: since.toISOString(), deliveryCount, ...(by === null ? {} : { by }) },
  }
  const text = JSON.stringify(event).replaceAll(/[\u007f-\uffff]/g, escaped)
  return { addressee, identity: `${source} ${event.id}`, text }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
