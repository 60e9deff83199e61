import { createHash, randomUUID } from 'node:crypto'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { Notification } from '../../delivery/notification.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { SqsClients } from './client.ts'
import { isSqsError } from './sqs-error.ts'
import { writeMessage } from './written-message.ts'

/**
 * Sends a notification to a queue. Resolves when SQS has it; rejects with a `Refusal` when it may not have it, at the
 * latest after `withinMs`, when given.
 */
export type Send = (queueUrl: string, notification: Notification, hops?: number, withinMs?: number) => Promise<void>

/** The clients that send: with a deadline of the call, and without, when their time limits are that of each attempt. */
export type SendingClients = Pick<SqsClients, 'acting' | 'bounded'>

/** Returns a `Send` that makes a call for each notification. */
export function sender({ acting, bounded }: SendingClients, clock: Clock): Send {
  const attempt = async (queueUrl: string, notification: Notification, hops: number, late: AbortSignal | null) => {
    const fields = messageFields(queueUrl, notification)
    const command = new SendMessageCommand({ QueueUrl: queueUrl, ...writeMessage(notification, hops), ...fields })
    await (late === null ? acting.send(command) : bounded.send(command, { abortSignal: late }))
  }
  return async (queueUrl, notification, hops = 0, withinMs) => {
    const late = new AbortController()
    const cancel = withinMs === undefined ? () => {} : clock.after(withinMs, () => late.abort())
    const signal = withinMs === undefined ? null : late.signal
    try {
      await orAsBase64(notification, (given) => attempt(queueUrl, given, hops, signal))
    } catch (cause) {
      throw new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause })
    } finally {
      cancel()
    }
  }
}

/** Sends a notification; as bytes in base64 when SQS refuses its text, as it refuses some control characters. */
export async function orAsBase64<T>(notification: Notification, send: (given: Notification) => Promise<T>): Promise<T> {
  try {
    return await send(notification)
  } catch (error) {
    if (!isSqsError(error, 'InvalidMessageContents') || notification.encoding !== null) throw error
    const body = Buffer.from(notification.body).toString('base64')
    return send({ ...notification, body, encoding: 'base64' })
  }
}

/** The groups of messages, and what a FIFO queue knows a repeat by. */
export interface GroupFields {
  readonly MessageGroupId: string
  readonly MessageDeduplicationId?: string
}

/**
 * Returns the group of a notification, its addressee: a FIFO queue keeps the order of each group, and a standard queue is
 * shared fairly between groups. There is one deduplication id for each call, which the SDK's own retry shares. It is not the
 * notification's id: A's queue would accept and drop a notification that is forwarded from A to B and back within five
 * minutes, and B would then delete it. A duplicate that gets through is dropped by the client, by its id.
 */
export function messageFields(queueUrl: string, { addressee, id }: Notification): GroupFields {
  return groupFields(queueUrl, addressee, `${id} ${randomUUID()}`)
}

/**
 * Returns the group, and for a FIFO queue the deduplication id, which a standard queue refuses. Both may be any text here:
 * SQS accepts 128 characters of ASCII without blanks, so others are hashed.
 */
export function groupFields(queueUrl: string, group: string, deduplication: string): GroupFields {
  const MessageGroupId = /^[!-~]{1,128}$/.test(group) ? group : hash(group)
  if (!queueUrl.endsWith('.fifo')) return { MessageGroupId }
  return { MessageGroupId, MessageDeduplicationId: hash(deduplication) }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
