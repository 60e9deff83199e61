import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
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
import { buildApp } from 'fauxqs'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { sqsClients } from '../../src/adapters/sqs/client.ts'

/** Attributes of a message; all of them strings. */
export function strings(values: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
}

export type Sqs = Awaited<ReturnType<typeof startSqs>>

/**
 * An SQS API on loopback, gone at the end of the test. `stop` closes its port and all connections and `start` opens
 * the same port again; queues and messages stay. A receive that was open at `stop` may still take a message with it,
 * for one visibility timeout, as on AWS.
 */
export async function startSqs(t: Pick<Test, 'teardown'>) {
  const app = buildApp({ logger: false })
  await app.ready()
  /** How often each operation was called, by its name. */
  const calls = new Map<string, number>()
  let refusal: { readonly code: string; readonly operation: string | undefined } | null = null
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('AmazonSQS.', '')
    calls.set(operation, (calls.get(operation) ?? 0) + 1)
    if (refusal === null || (refusal.operation ?? operation) !== operation) return app.routing(request, response)
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${refusal.code}`, message: 'refused by the test' }))
  })
  const listen = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(0)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const endpoint = `http://127.0.0.1:${port}`

  const stop = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(async () => {
    await stop()
    await app.close()
  })

  /** From now on every call, or every call of this operation, is refused with this code; null: none is. */
  const refuse = (code: string | null, operation?: string) => {
    refusal = code === null ? null : { code, operation }
  }
  return { ...sqsAt(t, endpoint), port, calls, stop, start: () => listen(port), refuse }
}

/** An SQS API in a process of its own, for a test with thousands of clients: it takes none of the test's time. */
export async function startSqsProcess(t: Pick<Test, 'teardown'>): Promise<SqsEndpoint> {
  const child = ward(fork(fileURLToPath(new URL('sqs-process.ts', import.meta.url))))
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill()
    await ended
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return sqsAt(t, `http://127.0.0.1:${port}`)
}

export type SqsEndpoint = ReturnType<typeof sqsAt>

/** What a test does with an SQS API, wherever it runs. */
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

    /** What can be received within three seconds, up to ten messages. */
    async receive(url: string, visibilityTimeoutSeconds = 30): Promise<Message[]> {
      const { Messages } = await own.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 3,
          VisibilityTimeout: visibilityTimeoutSeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      )
      return Messages ?? []
    },
  }
}
