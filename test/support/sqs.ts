import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { Test } from 'tap'
import { startSqsProcess as startProcess } from '../../scripts/stack/sqs-process.ts'
import { startSqsServer } from '../../scripts/stack/sqs-server.ts'
import { sqsClients } from '../../src/adapters/sqs/client.ts'

/** Attributes of a message; all of them strings. */
export function strings(values: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
}

/** The longest wait of a receive: an instance that stops waits for its last one. */
const maxReceiveSeconds = 1
/** The number of receives without a message after which a test believes that a queue is empty. */
const maxReceives = 5

export type Sqs = Awaited<ReturnType<typeof startSqs>>

/** Starts an SQS API, gone at the end of the test. */
export async function startSqs(t: Pick<Test, 'teardown'>) {
  const server = await startSqsServer({ dataDir: null, wanted: [], maxReceiveSeconds })
  t.teardown(() => server[Symbol.asyncDispose]())
  return { ...server, ...sqsAt(t, server.endpoint) }
}

/** Starts one in a process of its own, for a test with thousands of clients: it takes none of the test's time. */
export async function startSqsProcess(t: Pick<Test, 'teardown'>): Promise<SqsEndpoint> {
  const sqs = await startProcess(20)
  t.teardown(() => sqs[Symbol.asyncDispose]())
  return sqsAt(t, sqs.endpoint)
}

/** Starts one in a process of its own that can be killed, and started anew without anything that it had. */
export async function startSqsToLose(t: Pick<Test, 'teardown'>) {
  let sqs = await startProcess(3)
  t.teardown(() => sqs[Symbol.asyncDispose]())
  const { port } = sqs
  return {
    ...sqsAt(t, sqs.endpoint),
    async restartEmpty(): Promise<void> {
      await sqs[Symbol.asyncDispose]()
      sqs = await startProcess(3, port)
      if (sqs.port !== port) throw new Error(`somebody has taken the port ${port} meanwhile`)
    },
  }
}

export type SqsEndpoint = ReturnType<typeof sqsAt>

/** The acts of a test with an SQS API, wherever that runs. */
function sqsAt(t: Pick<Test, 'teardown'>, endpoint: string) {
  /** For a child process, and set in this one: region, endpoint and credentials. */
  const env = {
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  Object.assign(process.env, env)
  const clients = sqsClients({ receiveSockets: 20, endpoint })
  t.teardown(() => clients.close())
  // The test's own calls have no deadline: on a busy machine they take what they take.
  const own = new SQSClient({ endpoint })
  t.teardown(() => own.destroy())

  return {
    endpoint,
    env,
    clients,
    own,

    /** Creates a queue; answers its URL and its ARN. */
    async createQueue(name: string, attributes: Record<string, string> = {}) {
      const { QueueUrl: url = '' } = await own.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
      return { url, arn: `arn:aws:sqs:us-east-1:000000000000:${name}` }
    },

    /** The URLs of all queues. */
    async queues(): Promise<readonly string[]> {
      return (await own.send(new ListQueuesCommand({}))).QueueUrls ?? []
    },

    async deleteQueue(url: string): Promise<void> {
      await own.send(new DeleteQueueCommand({ QueueUrl: url }))
    },

    async attributes(url: string): Promise<Record<string, string>> {
      const { Attributes } = await own.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))
      return Attributes ?? {}
    },

    /** How many messages a queue holds: those that can be received, those that are hidden, and both. */
    async count(url: string) {
      const attributes = await this.attributes(url)
      const visible = Number(attributes.ApproximateNumberOfMessages)
      const hidden = Number(attributes.ApproximateNumberOfMessagesNotVisible)
      return { visible, hidden, all: visible + hidden }
    },

    /** Sends a message with these attributes; answers its message id. */
    async send(url: string, body: string, attributes: Record<string, string>, fifo: object = {}): Promise<string> {
      const { MessageId = '' } = await own.send(
        new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageAttributes: strings(attributes), ...fifo }),
      )
      return MessageId
    },

    /** Receives up to ten messages; none when none came within several receives. */
    async receive(url: string, visibilityTimeoutSeconds = 30): Promise<Message[]> {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: maxReceiveSeconds,
        VisibilityTimeout: visibilityTimeoutSeconds,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      })
      for (let receives = 0; receives < maxReceives; receives++) {
        const { Messages = [] } = await own.send(command)
        if (Messages.length > 0) return Messages
      }
      return []
    },
  }
}
