import type { Message, MessageSystemAttributeName, SQSClient } from '@aws-sdk/client-sqs'
import { arrivalOf, FastReceiveMessage } from './fast-calls.ts'

export interface Received {
  readonly messages: readonly Message[]
  /** When the response began to arrive; infinite when that was not noted. */
  readonly arrivedAt: number
}

/** The system attributes that are read: when it was sent, how often it was shown, its group, which dead letters keep, and its trace. */
const systemAttributes = [
  'SentTimestamp',
  'ApproximateReceiveCount',
  'MessageGroupId',
  'AWSTraceHeader',
] satisfies MessageSystemAttributeName[]

/** Receives up to `maxMessages` messages (1 to 10), waiting up to `waitSeconds` for the first. Rejects when the call fails. */
export async function receive(
  client: SQSClient,
  {
    queueUrl,
    maxMessages,
    waitSeconds,
    visibilityTimeoutSeconds,
  }: {
    readonly queueUrl: string
    readonly maxMessages: number
    readonly waitSeconds: number
    readonly visibilityTimeoutSeconds: number
  },
): Promise<Received> {
  const output = await client.send(
    new FastReceiveMessage({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: maxMessages,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilityTimeoutSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: systemAttributes,
    }),
  )
  return { messages: output.Messages ?? [], arrivedAt: arrivalOf(output) ?? Number.POSITIVE_INFINITY }
}
