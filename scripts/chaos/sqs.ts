import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { type Fault, httpFaultProxy } from '../../test/support/fault-proxy.ts'
import { endWithThisProcess } from '../stack/last-resort.ts'
import { sqsClient } from '../stack/publisher.ts'

/** What the SQS API tells of itself. */
interface Told {
  readonly endpoint: string
  readonly port: number
  readonly region: string
  readonly deadLetterQueueUrl: string
  readonly deadLetterQueueArn: string
}

/** An SQS API in a process of its own. The services reach it through a proxy that makes calls fail. */
export interface ChaoticSqs extends Told {
  /** Where the services find it. */
  readonly proxied: string
  /** For publishers and for looking: past the proxy. */
  readonly client: SQSClient
  /** From now on so much of all calls fails in this way; null: none does. */
  fail(fault: Fault | null, share?: number): void
  pause(): void
  resume(): void
  /** Empties all queues but the dead-letter queue; answers the ids that were in them, hidden or not. */
  takeWaiting(withinMs: number): Promise<Set<string>>
  /** The same for the dead-letter queue. */
  takeDeadLetters(): Promise<Set<string>>
  /** The queues there are, but for the dead-letter queue. */
  queues(): Promise<string[]>
}

/** Starts it; it ends with the stack it is put on. */
export async function startChaoticSqs(undo: AsyncDisposableStack): Promise<ChaoticSqs> {
  const child = fork(fileURLToPath(new URL('sqs-process.ts', import.meta.url)), {
    // In a process group of its own Ctrl-C does not reach it before what needs it.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const release = endWithThisProcess(child.pid as number, 'SIGKILL')
  undo.defer(async () => {
    child.kill('SIGKILL')
    await exited
    release()
  })
  const told = await Promise.race([
    once(child, 'message').then(([message]) => message as Told),
    exited.then(() => Promise.reject(new Error('the SQS API did not start'))),
  ])
  let failing: { readonly fault: Fault; readonly share: number } | null = null
  const proxy = await httpFaultProxy({
    targetPort: () => told.port,
    refuse: 'answer',
    judge: () => (failing !== null && Math.random() < failing.share ? failing.fault : null),
  })
  undo.defer(() => proxy.close())
  const client = sqsClient(told.endpoint, told.region)
  undo.defer(async () => client.destroy())

  const queues = async () => {
    const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ MaxResults: 1000 }))
    return QueueUrls.filter((url) => url !== told.deadLetterQueueUrl)
  }
  return {
    ...told,
    client,
    queues,
    proxied: `http://127.0.0.1:${proxy.port}`,
    fail(fault, share = 1) {
      failing = fault === null ? null : { fault, share }
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async takeWaiting(withinMs) {
      const ids = new Set<string>()
      for (const url of await queues()) await empty(client, url, withinMs, ids)
      return ids
    },
    async takeDeadLetters() {
      const ids = new Set<string>()
      await empty(client, told.deadLetterQueueUrl, 0, ids)
      return ids
    },
  }
}

/** Takes everything out; waits for what is hidden, up to so long. */
async function empty(client: SQSClient, queueUrl: string, withinMs: number, ids: Set<string>): Promise<void> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        // The queues' own default is 20 s, which an empty one would take.
        WaitTimeSeconds: 0,
      }),
    )
    for (const { MessageAttributes, MessageId = '', ReceiptHandle } of Messages) {
      ids.add(MessageAttributes?.id?.StringValue ?? MessageId)
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
    }
    if (Messages.length > 0) continue
    if (performance.now() >= deadline || (await isEmpty(client, queueUrl))) return
    await pause(200)
  }
}

async function isEmpty(client: SQSClient, queueUrl: string): Promise<boolean> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  )
  return Attributes?.ApproximateNumberOfMessages === '0' && Attributes.ApproximateNumberOfMessagesNotVisible === '0'
}
