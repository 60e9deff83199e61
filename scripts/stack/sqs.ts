import { region, type SqsOptions, type SqsServer, startSqsServer } from './sqs-server.ts'

const deadLetterQueue = 'notifications-dlq'
const intakeQueue = 'notifications-intake'
/**
 * Invalid messages are dead letters at once. The others wait in the intake queue only during an outage, which a low number
 * would make dead letters of.
 */
const intakeReceives = 100

/** Where a local SQS API is, and its queues that a stack is set to. */
export interface SqsPlace {
  readonly port: number
  readonly endpoint: string
  readonly region: string
  readonly deadLetterQueueUrl: string
  readonly deadLetterQueueArn: string
  /** Takes messages for any client. */
  readonly intakeQueueUrl: string
  /** The beginning of the URLs of clients' queues; a dash and the client's name follow. */
  readonly clientQueueBaseUrl: string
}

/** An SQS API with a dead-letter queue and an intake queue. */
export interface Sqs extends SqsPlace, AsyncDisposable {
  /** Its queues, past the API. */
  readonly store: SqsServer['store']
}

/** Starts an SQS API on loopback; with a data folder its queues and messages survive a restart. */
export async function startSqs(options: SqsOptions): Promise<Sqs> {
  const server = await startSqsServer(options)
  const { port, endpoint, store } = server
  const deadLetters = existingQueue(store, deadLetterQueue) ?? store.createQueue(deadLetterQueue)
  const redrive = { deadLetterTargetArn: deadLetters.queueArn, maxReceiveCount: intakeReceives }
  const attributes = { RedrivePolicy: JSON.stringify(redrive) }
  const intake = existingQueue(store, intakeQueue) ?? store.createQueue(intakeQueue, { attributes })
  return {
    port,
    endpoint,
    store,
    region,
    deadLetterQueueUrl: deadLetters.queueUrl,
    deadLetterQueueArn: deadLetters.queueArn,
    intakeQueueUrl: intake.queueUrl,
    clientQueueBaseUrl: deadLetters.queueUrl.replace(deadLetterQueue, 'clients'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Returns the queue of this name, if there is one: creating it again would lose what is in it. */
export function existingQueue(store: SqsServer['store'], name: string) {
  const queue = store.inspectQueue(name)
  return queue && { queueUrl: queue.url, queueArn: queue.arn }
}
