import { region, type SqsOptions, type SqsServer, startSqsServer } from './sqs-server.ts'

const deadLetterQueue = 'notifications-dlq'

/** Where a local SQS API is, and its queues that a stack is set to. */
export interface SqsPlace {
  readonly port: number
  readonly endpoint: string
  readonly region: string
  readonly deadLetterQueueUrl: string
  readonly deadLetterQueueArn: string
  /** The beginning of the URLs of clients' queues; a dash and the client's name follow. */
  readonly clientQueueBaseUrl: string
}

/** An SQS API with a dead-letter queue. */
export interface Sqs extends SqsPlace, AsyncDisposable {}

/** Starts an SQS API on loopback; with a data folder its queues and messages survive a restart. */
export async function startSqs(options: SqsOptions): Promise<Sqs> {
  const server = await startSqsServer(options)
  const { port, endpoint, store } = server
  const deadLetters = existingQueue(store) ?? store.createQueue(deadLetterQueue)
  return {
    port,
    endpoint,
    region,
    deadLetterQueueUrl: deadLetters.queueUrl,
    deadLetterQueueArn: deadLetters.queueArn,
    clientQueueBaseUrl: deadLetters.queueUrl.replace(deadLetterQueue, 'clients'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Creating a queue that exists would replace it, and lose what is in it. */
function existingQueue(store: SqsServer['store']) {
  const queue = store.inspectQueue(deadLetterQueue)
  return queue && { queueUrl: queue.url, queueArn: queue.arn }
}
