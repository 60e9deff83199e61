import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { Notification } from '../../delivery/notification.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { messageFields, type Send, type SendingClients } from './send.ts'
import { isSqsError } from './sqs-error.ts'
import { type WrittenMessage, writeMessage } from './written-message.ts'

/** SQS takes ten messages in a call. */
const batchSize = 10
/** A batch may have as many bytes as a single message, which was 256 KiB for long. Larger messages are sent alone. */
const maxBatchBytes = 200_000
/** Gathers sends that begin together; too short to be noticed. */
const lingerMs = 2

/** Errors of a call that are about what is in it. */
const aboutOneMessage = ['InvalidParameterValue', 'InvalidMessageContents', 'BatchRequestTooLong'] as const

interface Entry {
  readonly notification: Notification
  readonly hops: number
  /** When it may be tried no longer, by the clock; undefined for the time of a single send. */
  readonly endsAt: number | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly entries: (Entry & { readonly written: WrittenMessage })[]
  bytes: number
}

/**
 * Returns a `Send` that joins the sends to one queue that begin together into calls of up to ten messages, in their order.
 * A message that cannot share a call is sent by `single`.
 */
export function batchedSender({ acting, bounded }: SendingClients, clock: Clock, single: Send): Send {
  const gathering = new Map<string, Batch>()

  const flush = (queueUrl: string): void => {
    const batch = gathering.get(queueUrl)
    gathering.delete(queueUrl)
    const [first, second] = batch?.entries ?? []
    if (first === undefined) return
    if (second !== undefined) return void sendTogether(queueUrl, batch?.entries ?? [])
    sendAlone(queueUrl, first)
  }

  const timeLeft = (endsAt: number) => Math.max(0, endsAt - clock.now())

  const sendAlone = (queueUrl: string, { notification, hops, endsAt, resolve, reject }: Entry): void => {
    single(queueUrl, notification, hops, endsAt === undefined ? undefined : timeLeft(endsAt)).then(resolve, reject)
  }

  const sendTogether = async (queueUrl: string, entries: Batch['entries']): Promise<void> => {
    const late = new AbortController()
    const ends = entries.flatMap(({ endsAt }) => endsAt ?? [])
    const cancel = ends.length === 0 ? () => {} : clock.after(timeLeft(Math.min(...ends)), () => late.abort())
    try {
      const command = new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: entries.map(({ notification, written }, index) => ({
          Id: String(index),
          ...written,
          ...messageFields(queueUrl, notification),
        })),
      })
      const { Successful = [] } = await (ends.length === 0
        ? acting.send(command)
        : bounded.send(command, { abortSignal: late.signal }))
      const sent = new Set(Successful.map(({ Id }) => Number(Id)))
      for (const [index, entry] of entries.entries()) {
        // Only a message that SQS confirms is sent. Alone it may go through, or SQS says what is wrong with it.
        if (sent.has(index)) entry.resolve()
        else sendAlone(queueUrl, entry)
      }
    } catch (cause) {
      // A refusal of the whole call may be about one message, and must not be taken for a refusal of the others.
      if (isSqsError(cause, ...aboutOneMessage)) for (const entry of entries) sendAlone(queueUrl, entry)
      else for (const { reject } of entries) reject(new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause }))
    } finally {
      cancel()
    }
  }

  return (queueUrl, notification, hops = 0, withinMs) =>
    new Promise((resolve, reject) => {
      const written = writeMessage(notification, hops)
      const bytes = bytesOf(written)
      const endsAt = withinMs === undefined ? undefined : clock.now() + withinMs
      const entry = { notification, hops, endsAt, resolve, reject, written }
      if ((gathering.get(queueUrl)?.bytes ?? 0) + bytes > maxBatchBytes) flush(queueUrl)
      const batch = gathering.get(queueUrl) ?? { entries: [], bytes: 0 }
      if (!gathering.has(queueUrl)) {
        gathering.set(queueUrl, batch)
        clock.after(lingerMs, () => {
          if (gathering.get(queueUrl) === batch) flush(queueUrl)
        })
      }
      batch.entries.push(entry)
      batch.bytes += bytes
      if (batch.entries.length === batchSize) flush(queueUrl)
    })
}

/** Returns the bytes that SQS counts: of the body, and of the name, type and value of each attribute. */
export function bytesOf({ MessageBody, MessageAttributes }: WrittenMessage): number {
  let bytes = Buffer.byteLength(MessageBody)
  for (const [name, { DataType = '', StringValue = '' }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue)
  }
  return bytes
}
