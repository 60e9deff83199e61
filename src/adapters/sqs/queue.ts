import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { isSqsError, reasonOf } from './sqs-error.ts'

/** Publishers and the service must agree on the names of clients' queues, so the publisher module has the only code. */
export { clientQueueName, clientQueueUrl, maxQueuePrefixLength, queueBase } from '../../publisher/client-queue.js'

/** The attributes that a queue is created with. */
export interface QueueShape {
  readonly visibilityTimeoutSeconds: number
  /** The target of the redrive policy; without it the queue has none. */
  readonly dlqArn?: string
  /** `SQS_MAX_RECEIVE_COUNT`. */
  readonly maxReceiveCount?: number
}

/** The queue of an instance, whose name is the prefix, a hyphen and the id of the instance. */
export interface InstanceQueue extends QueueShape {
  /** `SQS_QUEUE_NAME_PREFIX`. */
  readonly prefix: string
  readonly instanceId: string
}

/** The attributes of an existing queue that the service asks for. */
export interface QueueDescription {
  /** The dead-letter queue of the redrive policy, or null. */
  readonly dlqArn: string | null
}

/** Creates the queue of this instance, or gives an existing queue of that name these attributes; returns its URL. */
export async function createInstanceQueue(client: SQSClient, queue: InstanceQueue): Promise<string> {
  const name = `${queue.prefix}-${queue.instanceId}`
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw new Error(
      `SQS_QUEUE_NAME_PREFIX: "${name}" cannot be the name of a queue (1 to 80 letters, digits, hyphens and underscores)`,
    )
  }
  const Attributes = attributesOf(queue)
  const { url, isNew } = await createQueue(client, name, Attributes)
  if (!isNew) await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }))
  return url
}

/**
 * Creates a queue, unless there is one of this name already. Returns its URL, and whether it has these attributes: one
 * that was there before keeps its own. Rejects with `QueueDeletedRecently` as the cause when SQS has to be waited for.
 */
export async function createQueue(
  client: SQSClient,
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly isNew: boolean }> {
  try {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
    if (QueueUrl === undefined) throw new Error(`SQS created the queue ${name} but did not return its URL`)
    return { url: QueueUrl, isNew: true }
  } catch (error) {
    if (isSqsError(error, 'QueueDeletedRecently')) {
      throw new Error(`the queue ${name} was deleted less than 60 s ago; SQS accepts its name again after that`, {
        cause: error,
      })
    }
    if (!isSqsError(error, 'QueueNameExists')) throw error
  }
  const url = await findQueueUrl(client, name)
  if (url === null) throw new Error(`SQS has a queue ${name} but did not return its URL`)
  return { url, isNew: false }
}

/**
 * Creates the queue of a client, unless it exists; returns whether it exists now. SQS refuses the name of a queue that
 * was deleted less than 60 s ago: then it returns false.
 */
export async function createClientQueue(client: SQSClient, name: string, shape: QueueShape): Promise<boolean> {
  try {
    await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributesOf(shape) }))
  } catch (error) {
    if (isSqsError(error, 'QueueDeletedRecently')) return false
    if (!isSqsError(error, 'QueueNameExists')) throw error
  }
  return true
}

/** Returns the description of a queue, or null when there is none at this URL. */
export async function describeQueue(client: SQSClient, queueUrl: string): Promise<QueueDescription | null> {
  try {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] }),
    )
    return { dlqArn: redriveTarget(Attributes?.RedrivePolicy) }
  } catch (error) {
    if (isSqsError(error, 'QueueDoesNotExist')) return null
    throw error
  }
}

/** Returns the maximum size of a message of the queue, attributes included, in bytes; null when it cannot be told. */
export async function messageLimit(client: SQSClient, queueUrl: string): Promise<number | null> {
  const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['MaximumMessageSize'] })
  const { Attributes } = await client.send(asked).catch(() => ({ Attributes: undefined }))
  return Number(Attributes?.MaximumMessageSize) || null
}

/** Returns the description of the queue that `SQS_QUEUE_URL` names; rejects when it does not exist. */
export async function describeConfiguredQueue(client: SQSClient, queueUrl: string): Promise<QueueDescription> {
  const description = await describeQueue(client, queueUrl)
  if (!description) throw new Error(`SQS_QUEUE_URL: there is no queue at ${queueUrl}`)
  return description
}

/** Returns the URL of the queue with this ARN, or null when it does not exist. */
export async function dlqUrl(client: SQSClient, arn: string): Promise<string | null> {
  const [, , service, , account, name] = arn.split(':')
  if (service !== 'sqs' || !account || !name) throw new Error(`"${arn}" is not the ARN of a queue`)
  return findQueueUrl(client, name, account)
}

/** Returns the URL of the queue with this name, in this account when one is given; null when it does not exist. */
export async function findQueueUrl(client: SQSClient, name: string, account?: string): Promise<string | null> {
  const owner = account === undefined ? {} : { QueueOwnerAWSAccountId: account }
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name, ...owner }))
    return QueueUrl ?? null
  } catch (error) {
    if (isSqsError(error, 'QueueDoesNotExist')) return null
    throw error
  }
}

/** How long SQS may take for the receive that probes it. */
const probeMs = 2_000

/**
 * Probes whether SQS can be reached and permits receives, with a queue that does not exist; returns `ok` or the name of
 * the error. Never rejects.
 */
export async function probeQueue(bounded: SQSClient, queueUrl: string): Promise<string> {
  const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 0, VisibilityTimeout: 0 })
  try {
    await bounded.send(receive, { abortSignal: AbortSignal.timeout(probeMs) })
  } catch (error) {
    if (!isSqsError(error, 'QueueDoesNotExist')) return reasonOf(error)
  }
  return 'ok'
}

const counters = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const

/** Returns whether the queue has no message, visible or not. SQS's counts are approximate. A missing queue is empty. */
export async function isQueueEmpty(client: SQSClient, queueUrl: string): Promise<boolean> {
  try {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...counters] }),
    )
    // A missing count is not a count of zero.
    return counters.every((name) => Attributes?.[name] === '0')
  } catch (error) {
    if (isSqsError(error, 'QueueDoesNotExist')) return true
    throw error
  }
}

/** Deletes the queue unless it has messages; returns whether it is gone. */
export async function deleteQueueIfEmpty(client: SQSClient, queueUrl: string): Promise<boolean> {
  try {
    if (!(await isQueueEmpty(client, queueUrl))) return false
    await client.send(new DeleteQueueCommand({ QueueUrl: queueUrl }))
    return true
  } catch (error) {
    // Another instance that drained it was first.
    if (isSqsError(error, 'QueueDoesNotExist')) return true
    throw error
  }
}

/** SQS's maximum since August 2025; a queue that was created before still has 256 KiB. */
export const maxMessageBytes = 1_048_576

function attributesOf({ visibilityTimeoutSeconds, dlqArn, maxReceiveCount = 5 }: QueueShape): Record<string, string> {
  return {
    ReceiveMessageWaitTimeSeconds: '20',
    MaximumMessageSize: String(maxMessageBytes),
    VisibilityTimeout: String(visibilityTimeoutSeconds),
    ...(dlqArn === undefined
      ? {}
      : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlqArn, maxReceiveCount }) }),
  }
}

function redriveTarget(policy: string | undefined): string | null {
  if (!policy) return null
  const parsed: unknown = JSON.parse(policy)
  if (typeof parsed !== 'object' || parsed === null || !('deadLetterTargetArn' in parsed)) return null
  return typeof parsed.deadLetterTargetArn === 'string' ? parsed.deadLetterTargetArn : null
}
