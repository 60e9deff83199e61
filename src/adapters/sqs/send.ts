import { randomUUID } from 'node:crypto'
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Notification } from '../../delivery/notification.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { writeMessage } from './envelope.ts'
import { fifoFields } from './fifo.ts'
import { isSqsError } from './sqs-error.ts'

/**
 * Sends a notification to a queue; resolves when SQS has it, rejects with a `Refusal` when it may not. With `withinMs`
 * it is tried for no longer than that, in milliseconds.
 */
export type Send = (queueUrl: string, notification: Notification, hops?: number, withinMs?: number) => Promise<void>

/** Sends through the acting client, whose time limits are the deadline of each attempt. */
export function sender(client: SQSClient): Send {
  const attempt = async (
    queueUrl: string,
    notification: Notification,
    hops: number,
    options: { readonly abortSignal?: AbortSignal },
  ) => {
    // One deduplication id for each call, which the SDK's own repetition shares. The notification's id must not be it:
    // a notification that is sent on from A to B and back within five minutes would be accepted and dropped by A's
    // queue, and then deleted at B. A repeat that gets through is dropped by the client, by its id.
    const fifo = fifoFields(queueUrl, notification.addressee, `${notification.id} ${randomUUID()}`)
    const command = new SendMessageCommand({ QueueUrl: queueUrl, ...writeMessage(notification, hops), ...fifo })
    await client.send(command, options)
  }
  return async (queueUrl, notification, hops = 0, withinMs) => {
    const options = withinMs === undefined ? {} : { abortSignal: AbortSignal.timeout(Math.ceil(withinMs)) }
    try {
      await attempt(queueUrl, notification, hops, options).catch((error) => {
        if (!isSqsError(error, 'InvalidMessageContents') || notification.encoding !== null) throw error
        // Text that SQS does not carry, such as control characters: then its bytes.
        return attempt(queueUrl, asBase64(notification), hops, options)
      })
    } catch (cause) {
      throw new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause })
    }
  }
}

function asBase64(notification: Notification): Notification {
  return { ...notification, body: Buffer.from(notification.body).toString('base64'), encoding: 'base64' }
}
