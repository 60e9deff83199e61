import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'

/** Returns the next message of the queue, waiting up to 15 s; undefined if none comes. */
export async function receiveOne(sqs: SQSClient, queueUrl: string): Promise<Message | undefined> {
  const deadline = performance.now() + 15_000
  const receive = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    WaitTimeSeconds: 20,
    MessageAttributeNames: ['All'],
  })
  while (performance.now() < deadline) {
    const { Messages: [message] = [] } = await sqs.send(receive, { abortSignal: AbortSignal.timeout(25_000) })
    if (message) return message
  }
  return undefined
}
