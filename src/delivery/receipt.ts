/** The request of a sender to learn what becomes of a notification. It travels with the notification. */
export interface ReceiptRequest {
  /** The name of the queue, in `RECEIPT_QUEUES`, that gets an event of the outcome; null for none. */
  readonly to: string | null
  /** The instance at which a caller waits for the acknowledgement; none when absent. */
  readonly awaitedAt?: string | null
}

/** The cause of an acknowledgement: the client's own word, or the grace of a response whose connection did not fail (`ack=auto`). */
export type AcknowledgedBy = 'client' | 'grace'

/** Handed over is not acknowledged: a response with the notification was written, and nobody knows whether it arrived. */
export type ReceiptState = 'pending' | 'handed-over' | 'acknowledged' | 'expired'

/** The state of a notification, as its sender is told. */
export interface Receipt {
  /** The id of the notification. */
  readonly id: string
  readonly addressee: string
  readonly state: ReceiptState
  readonly since: Date
  /** How often the notification was read to be handed over. */
  readonly deliveryCount: number
  /** Null unless the notification is acknowledged. */
  readonly by: AcknowledgedBy | null
}

/**
 * Looks a receipt up; null when nothing is known of the notification. Rejects with a `Refusal` where no receipts are kept
 * and when the store does not answer.
 */
export type FindReceipt = (addressee: string, id: string) => Promise<Receipt | null>
