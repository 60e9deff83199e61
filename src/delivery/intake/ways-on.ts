import type { Notification } from '../notification.ts'

/** The ways on for a notification whose addressee is not here. */
export interface WaysOn {
  /**
   * Returns the queue of the other instance that has the addressee; null when none has. Rejects when that cannot be told.
   */
  find(addressee: string): Promise<{ readonly queueUrl: string } | null>
  /**
   * Sends the notification to that queue. Resolves with true when the queue has it, and with false when the queue takes no
   * message of this size. Rejects when the queue may not have it, at the latest after `withinMs`.
   */
  send(queueUrl: string, notification: Notification, hops: number, withinMs: number): Promise<boolean>
  /**
   * Keeps the notification for its addressee: in the store, or in the addressee's own queue. Resolves with true when it is
   * safe there, and with false when it has no place for this one, whatever becomes of others. Rejects when it may not
   * have it.
   */
  keep(notification: Notification, withinMs: number): Promise<boolean>
}
