import type { Send } from '../../adapters/sqs/send.ts'
import { isSqsError } from '../../adapters/sqs/sqs-error.ts'
import type { Notification } from '../../delivery/notification.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { MakeQueue } from './queue-maker.ts'

interface Needs {
  readonly queueUrlOf: (clientId: string) => string
  readonly send: Send
  readonly makeQueue: MakeQueue
  readonly clock: Clock
  /** Returns the maximum size of a message of the queue, in bytes; null when it cannot be told. */
  readonly limitOf: (queueUrl: string) => Promise<number | null>
}

/**
 * Sends a notification to its addressee's queue. Resolves when the queue has it; rejects with a `Refusal` when it may not
 * have it, at the latest after `withinMs` when that is given.
 */
export type Enqueue = (notification: Notification, withinMs?: number) => Promise<void>

/** Returns an `Enqueue` that creates a missing queue if the service may. */
export function enqueuer({ queueUrlOf, send, makeQueue, clock, limitOf }: Needs): Enqueue {
  return async (notification, withinMs) => {
    const queueUrl = queueUrlOf(notification.addressee)
    const startedAt = clock.now()
    try {
      await send(queueUrl, notification, 0, withinMs)
    } catch (error) {
      const cause = error instanceof Refusal ? error.cause : null
      if (isSqsError(cause, 'InvalidParameterValue')) {
        throw new Refusal('ERROR_CONTENT_TOO_LONG', {
          message: refusedSize(await limitOf(queueUrl)),
          cause,
        })
      }
      if (!isSqsError(cause, 'QueueDoesNotExist')) throw error
      const isMade = await makeQueue(notification.addressee).catch((cause: unknown) => {
        throw new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause })
      })
      if (!isMade) throw error
      const leftMs = withinMs === undefined ? undefined : Math.max(0, startedAt + withinMs - clock.now())
      await send(queueUrl, notification, 0, leftMs).catch((cause: unknown) => {
        // SQS asks for a second before a new queue is used, so that "missing" is no refusal here.
        throw new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause: new Error('the queue has just been made', { cause }) })
      })
    }
  }
}

function refusedSize(limit: number | null): string {
  const known = limit === null ? '' : `: its limit is ${limit} bytes, attributes included`
  return `The queue does not take a message of this size${known}`
}

/** Whether the addressee's queue refused this notification for good: it is missing, or the message is too large for it. */
export function isRefusedByQueue(error: unknown): boolean {
  return error instanceof Refusal && isSqsError(error.cause, 'QueueDoesNotExist', 'InvalidParameterValue')
}
