import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { endWithThisProcess } from '../../scripts/stack/last-resort.ts'
import { sqsClient } from '../../scripts/stack/publisher.ts'
import { type Fault, httpFaultProxy } from '../support/fault-proxy.ts'

/** Queues that are emptied at once. */
const emptiedAtOnce = 8

const lookEveryMs = 500
/** An answer that takes so long comes too late for some leases. Milliseconds. */
const lateMs = 1_000

/** What the SQS API tells of itself. */
interface Told {
  readonly endpoint: string
  readonly port: number
  readonly region: string
  readonly deadLetterQueueUrl: string
  readonly deadLetterQueueArn: string
  readonly clientQueueBaseUrl: string
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
  /** Looks until the signal aborts whether it answers in time; tells of every time it did not, and for how long. */
  watch(signal: AbortSignal, onLate: (ms: number) => void): Promise<void>
  /** Empties all queues but the dead-letter queue; answers the ids that were in them, hidden or not. */
  takeWaiting(withinMs: number): Promise<Set<string>>
  /** The same for the dead-letter queue. */
  takeDeadLetters(): Promise<Set<string>>
  /** The queues there are, but for the dead-letter queue. */
  queues(): Promise<string[]>
}

/** Told what instances send, by its id in the ledger, whether or not they hear that it has worked. */
interface Listener {
  /** To a queue that is for clients. */
  sent(id: string): void
  deadLettered(id: string): void
}

/** Starts it; it ends with the stack it is put on. */
export async function startChaoticSqs(undo: AsyncDisposableStack, listener: Listener): Promise<ChaoticSqs> {
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
    judge({ name, body }) {
      const fault = failing !== null && Math.random() < failing.share ? failing.fault : null
      if (name === 'SendMessage' && fault !== 'error' && fault !== 'hang') {
        const message = JSON.parse(body) as Message & { QueueUrl: string }
        if (nameOf(message.QueueUrl) === nameOf(told.deadLetterQueueUrl)) listener.deadLettered(idOf(message))
        else listener.sent(idOf(message))
      }
      return fault
    },
  })
  undo.defer(() => proxy.close())
  const client = sqsClient(told.endpoint, told.region)
  undo.defer(async () => client.destroy())

  const queues = async () => {
    const urls: string[] = []
    let next: string | undefined
    do {
      const page = await client.send(new ListQueuesCommand({ MaxResults: 1_000, NextToken: next }))
      urls.push(...(page.QueueUrls ?? []))
      next = page.NextToken
    } while (next !== undefined)
    return urls.filter((url) => url !== told.deadLetterQueueUrl)
  }
  return {
    ...told,
    client,
    queues,
    proxied: `http://127.0.0.1:${proxy.port}`,
    fail(fault, share = 1) {
      failing = fault === null ? null : { fault, share }
    },
    watch: (signal, onLate) => watch(client, told.deadLetterQueueUrl, signal, onLate),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async takeWaiting(withinMs) {
      const ids = new Set<string>()
      const left = await queues()
      const emptyNext = async () => {
        for (let url = left.pop(); url !== undefined; url = left.pop()) await empty(client, url, withinMs, ids)
      }
      await Promise.all(Array.from({ length: emptiedAtOnce }, emptyNext))
      return ids
    },
    async takeDeadLetters() {
      const ids = new Set<string>()
      await empty(client, told.deadLetterQueueUrl, 0, ids)
      return ids
    },
  }
}

async function watch(client: SQSClient, queueUrl: string, signal: AbortSignal, onLate: (ms: number) => void) {
  while (!signal.aborted) {
    const askedAt = performance.now()
    await isEmpty(client, queueUrl).catch(() => {})
    const ms = performance.now() - askedAt
    if (ms > lateMs) onLate(ms)
    await pause(lookEveryMs, undefined, { signal }).catch(() => {})
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
    for (const { ReceiptHandle, ...message } of Messages) {
      ids.add(idOf(message))
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
    }
    if (Messages.length > 0) continue
    if (performance.now() >= deadline || (await isEmpty(client, queueUrl))) return
    await pause(200)
  }
}

/** The id in the ledger: callbacks become messages with an id of their own, and carry the ledger's id along. */
function idOf({ MessageAttributes, MessageId = '' }: Pick<Message, 'MessageAttributes' | 'MessageId'>): string {
  return MessageAttributes?.['correlation-id']?.StringValue ?? MessageAttributes?.id?.StringValue ?? MessageId
}

function nameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
}

async function isEmpty(client: SQSClient, queueUrl: string): Promise<boolean> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  )
  return Attributes?.ApproximateNumberOfMessages === '0' && Attributes.ApproximateNumberOfMessagesNotVisible === '0'
}
