import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { type Finding, messageOf, notesOf } from './finding.ts'

const { ok, fail } = notesOf('sqs')

/** The calls on the queue of an instance or of a client, on a queue that is received from, and on one that is sent to. */
export type Action =
  | 'CreateQueue'
  | 'DeleteQueue'
  | 'SetQueueAttributes'
  | 'GetQueueAttributes'
  | 'SendMessage'
  | 'ReceiveMessage'
  | 'DeleteMessage'
  | 'ChangeMessageVisibility'

/** A character that no message may have. */
const noText = '\0'
/** No receipt handle of SQS. */
const noHandle = 'none'

/**
 * The dry call of each action: SQS looks at the right before it finds that the call cannot be carried out, since a value in
 * it is out of its range, or since there is no such queue.
 */
const dryCalls: Readonly<Record<Action, (client: SQSClient, queueUrl: string) => Promise<unknown>>> = {
  CreateQueue: (client, url) => client.send(new CreateQueueCommand({ QueueName: nameIn(url), Attributes: outOfRange })),
  DeleteQueue: (client, url) => client.send(new DeleteQueueCommand({ QueueUrl: url })),
  SetQueueAttributes: (client, url) =>
    client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: outOfRange })),
  GetQueueAttributes: (client, url) =>
    client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] })),
  SendMessage: (client, url) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: noText, DelaySeconds: -1 })),
  ReceiveMessage: (client, url) =>
    client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 0, WaitTimeSeconds: 0 })),
  DeleteMessage: (client, url) => client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: noHandle })),
  ChangeMessageVisibility: (client, url) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: noHandle, VisibilityTimeout: 0 })),
}

const outOfRange = { VisibilityTimeout: '-1' }

function nameIn(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
}

/** Refusals that are about rights, of the queue or of the key that encrypts it. */
const denied = /AccessDenied|NotAuthorized|UnauthorizedOperation|InvalidClientTokenId|SignatureDoesNotMatch|Kms|KMS/
/** Failures of the way to SQS. */
const unreachable = /^(E[A-Z]+|UND_ERR\w*|TimeoutError|CredentialsProviderError|ExpiredToken\w*)$/

/** Finds out which of these actions on the queue are allowed, without any effect. */
export async function examineRights(
  client: SQSClient,
  queueUrl: string,
  actions: readonly Action[],
): Promise<Finding[]> {
  const lacking: string[] = []
  for (const action of actions) {
    try {
      await dryCalls[action](client, queueUrl)
    } catch (error) {
      const { name, code } = error as Error & { code?: unknown }
      const word = `${name} ${typeof code === 'string' ? code : ''}`
      if (denied.test(word)) lacking.push(action)
      else if (word.split(' ').some((part) => unreachable.test(part))) {
        return [
          fail(
            `${queueUrl}: ${action} failed: ${messageOf(error) || name}`,
            'let this host reach SQS, with credentials',
          ),
        ]
      }
    }
  }
  const name = nameIn(queueUrl)
  if (lacking.length === 0) return [ok(`the rights on ${name} are there: ${actions.join(', ')}`)]
  const named = lacking.map((action) => `sqs:${action}`).join(', ')
  return [
    fail(
      `the rights on ${name} do not include ${lacking.join(', ')}`,
      `allow ${named} on it, and its KMS key if it has one`,
    ),
  ]
}
