/** A notification in the form of the service. */
export interface SentNotification {
  readonly id: string
  readonly addressee: string
  readonly subject: string
  readonly body: string
  readonly encoding?: 'base64'
  readonly contentType: string | null
  readonly sentAt: string
  readonly deliveryCount: number
  readonly correlationId: string | null
  readonly expiresAt?: string
}

/** Returns a notification with this id. */
export function notification(id: string, more: Partial<SentNotification> = {}): SentNotification {
  return {
    id,
    addressee: 'alice',
    subject: 'order.shipped',
    body: `{"order":"${id}"}`,
    contentType: 'application/json',
    sentAt: '2026-11-21T20:15:03.120Z',
    deliveryCount: 1,
    correlationId: null,
    ...more,
  }
}
