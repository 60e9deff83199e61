import { ListQueuesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Sqs } from '../../stack/sqs.ts'

/** The number of dead letters that are shown, the latest ones. */
const maxShown = 50

/** A message that no client can get. */
export interface DeadLetter {
  readonly id: string
  readonly body: string
  readonly reason: string
  /** RFC 3339. */
  readonly sentAt: string
  readonly attributes: Readonly<Record<string, string>>
}

/** The messages of one queue: those that can be received, and those that somebody has received and not deleted. */
export interface QueueLengths {
  readonly name: string
  readonly waiting: number
  readonly hidden: number
}

/** The queues of the stack, as the page shows them. */
export interface Queues {
  /** Returns the lengths of all queues but that of dead letters. */
  lengths(): Promise<QueueLengths[]>
  /** Returns the dead letters, the latest first, and leaves them where they are. */
  deadLetters(): { readonly count: number; readonly messages: readonly DeadLetter[] }
  /** Sends a message to the intake queue, with these attributes of type String; returns its id. */
  send(body: string, attributes: Readonly<Record<string, string>>): Promise<string>
}

/** Looks into the local SQS past its API, which would hide from others what it shows. */
export function queuesOf({ store, deadLetterQueueUrl, intakeQueueUrl }: Sqs, client: SQSClient): Queues {
  const deadLetterQueue = nameIn(deadLetterQueueUrl)
  return {
    async lengths() {
      const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}))
      return QueueUrls.map(nameIn)
        .filter((name) => name !== deadLetterQueue)
        .flatMap((name) => {
          const messages = store.inspectQueue(name)?.messages
          if (messages === undefined) return []
          const { ready, delayed, inflight } = messages
          return [{ name, waiting: ready.length + delayed.length, hidden: inflight.length }]
        })
    },
    deadLetters() {
      const { ready = [], inflight = [] } = store.inspectQueue(deadLetterQueue)?.messages ?? {}
      const all = [...ready, ...inflight.map(({ message }) => message)].sort(
        (a, b) => b.sentTimestamp - a.sentTimestamp,
      )
      const messages = all.slice(0, maxShown).map(({ messageId, body, sentTimestamp, messageAttributes }) => {
        const { 'invalid-reason': reason, ...attributes } = textsOf(messageAttributes)
        return {
          id: messageId,
          body,
          reason: reason ?? 'it was received as often as its queue allows, and never acknowledged',
          sentAt: new Date(sentTimestamp).toISOString(),
          attributes,
        }
      })
      return { count: all.length, messages }
    },
    async send(body, attributes) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      )
      const message = { QueueUrl: intakeQueueUrl, MessageBody: body, MessageAttributes }
      const { MessageId = '' } = await client.send(new SendMessageCommand(message), {
        abortSignal: AbortSignal.timeout(10_000),
      })
      return MessageId
    },
  }
}

function nameIn(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
}

function textsOf(attributes: Readonly<Record<string, { readonly StringValue?: string }>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { StringValue }]) =>
      StringValue === undefined ? [] : [[name, StringValue]],
    ),
  )
}
