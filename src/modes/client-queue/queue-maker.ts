import { clientQueueName, createClientQueue } from '../../adapters/sqs/queue.ts'
import type { ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import { isRefusal } from '../../adapters/sqs/sqs-error.ts'
import type { Config } from '../../config.ts'

interface Needs {
  readonly config: Pick<
    Config,
    'SQS_MAX_RECEIVE_COUNT' | 'SQS_USER_QUEUE_AUTO_CREATE' | 'SQS_VISIBILITY_TIMEOUT_SECONDS'
  >
  readonly sqs: Pick<ReaderNeeds, 'clients' | 'dlq'>
  /** The first part of the queue names. */
  readonly prefix: string
}

/** Creates the queue of a client that has none, if the service may; resolves with whether there is one now. */
export type MakeQueue = (clientId: string) => Promise<boolean>

/** Returns a `MakeQueue` for queues with the attributes of the settings. It rejects when SQS refuses or does not answer. */
export function queueMaker({ config, sqs, prefix }: Needs): MakeQueue {
  const { clients, dlq } = sqs
  return async (clientId) => {
    if (!config.SQS_USER_QUEUE_AUTO_CREATE) return false
    const target = await dlq.find()
    try {
      return await createClientQueue(clients.acting, clientQueueName(prefix, clientId), {
        visibilityTimeoutSeconds: config.SQS_VISIBILITY_TIMEOUT_SECONDS,
        maxReceiveCount: config.SQS_MAX_RECEIVE_COUNT,
        ...(target === null ? {} : { dlqArn: target.arn }),
      })
    } catch (error) {
      // SQS creates no queue whose dead-letter queue was deleted.
      if (isRefusal(error)) dlq.forget()
      throw error
    }
  }
}
