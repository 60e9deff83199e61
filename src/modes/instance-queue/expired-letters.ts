import type { DlqFinder } from '../../adapters/sqs/dead-letter-queue.ts'
import type { Send } from '../../adapters/sqs/send.ts'
import { isRefusal, isSqsError } from '../../adapters/sqs/sqs-error.ts'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log, PendingRow } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { isTooLarge } from './forwarder.ts'

interface Needs {
  /** Finds the dead-letter queue of the service. */
  readonly dlq: Pick<DlqFinder<{ readonly url: string }>, 'find' | 'forget'>
  readonly send: Send
  readonly clock: Clock
  readonly log: Log
}

/**
 * Returns a function that sends stored notifications which have expired to the dead-letter queue, and resolves with the keys
 * of those that may be removed: they were sent, or no dead-letter queue is wanted, or none takes a message of this size.
 */
export function expiredLetters({ dlq, send, clock, log }: Needs): (rows: readonly PendingRow[]) => Promise<string[]> {
  const outage = new OutageLog({
    ...{ clock, log },
    failing: 'expired notifications cannot be sent to the dead-letter queue; they stay stored, and it is tried again',
    recovered: 'expired notifications are sent to the dead-letter queue again',
  })
  return async (rows) => {
    const done: string[] = []
    for (const { key, notification } of rows) {
      try {
        const queue = await dlq.find()
        if (queue !== null) await send(queue.url, notification)
        outage.worked()
        done.push(key)
      } catch (error) {
        if (isTooLarge(error)) done.push(key)
        else {
          dlq.forget()
          outage.failed(error, { notificationId: notification.id })
          // Most failures are those of all; a notification that alone is refused keeps no other.
          if (!isRefusedAlone(error)) break
        }
      }
    }
    return done
  }
}

/** Whether SQS is there, and refuses what the message holds. */
function isRefusedAlone(error: unknown): boolean {
  return error instanceof Refusal && isRefusal(error.cause) && !isSqsError(error.cause, 'QueueDoesNotExist')
}
