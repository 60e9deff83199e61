import { createInstanceQueue, describeConfiguredQueue } from '../../adapters/sqs/queue.ts'
import type { ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import { isRefusal } from '../../adapters/sqs/sqs-error.ts'
import type { Config } from '../../config.ts'
import type { Log } from '../../delivery/ports.ts'

/** The queue that this instance receives from. */
export interface OwnQueue {
  readonly queueUrl: string
  /** Whether this instance made the queue, so that it deletes it as well. */
  readonly isOwned: boolean
}

/** The settings of the queue. */
export type OwnQueueConfig = Pick<
  Config,
  'SQS_MAX_RECEIVE_COUNT' | 'SQS_QUEUE_NAME_PREFIX' | 'SQS_QUEUE_URL' | 'SQS_VISIBILITY_TIMEOUT_SECONDS'
>

interface Needs {
  readonly config: OwnQueueConfig
  readonly sqs: Pick<ReaderNeeds, 'clients' | 'dlq'>
  readonly log: Log
}

/**
 * Creates the queue of an instance, with the dead-letter queue as the target of its redrive policy; or checks the queue
 * that `SQS_QUEUE_URL` names, whose redrive policy is its owner's.
 */
export async function provideQueue({ config, sqs, log }: Needs, instanceId: string): Promise<OwnQueue> {
  const { clients, dlq } = sqs
  const queueUrl = config.SQS_QUEUE_URL
  if (queueUrl !== null) {
    const { dlqArn } = await describeConfiguredQueue(clients.acting, queueUrl)
    if (dlqArn !== null) return { queueUrl, isOwned: false }
    // Invalid messages are moved there all the same; a queue that cannot be created or found is told of at the start.
    await dlq.find()
    log.warn({ queueUrl }, 'the queue has no redrive policy: messages that no client fetches expire in it unseen')
    return { queueUrl, isOwned: false }
  }
  const target = await dlq.find()
  try {
    const created = await createInstanceQueue(clients.acting, {
      prefix: config.SQS_QUEUE_NAME_PREFIX ?? '',
      instanceId,
      visibilityTimeoutSeconds: config.SQS_VISIBILITY_TIMEOUT_SECONDS,
      maxReceiveCount: config.SQS_MAX_RECEIVE_COUNT,
      ...(target === null ? {} : { dlqArn: target.arn }),
    })
    return { queueUrl: created, isOwned: true }
  } catch (error) {
    // SQS creates no queue whose dead-letter queue was deleted.
    if (isRefusal(error)) dlq.forget()
    throw error
  }
}
