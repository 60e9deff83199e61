import { setTimeout as pause } from 'node:timers/promises'
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { sqsClient } from '../../scripts/stack/publisher.ts'
import type { SqsPlace } from '../../scripts/stack/sqs.ts'
import { startSqsProcess } from '../../scripts/stack/sqs-process.ts'
import { type Fault, httpFaultProxy } from '../support/fault-proxy.ts'
import { createReceiptQueue } from './receipts/receipt-queue.ts'

/** Queues that are emptied at once. */
const emptiedAtOnce = 8

const lookEveryMs = 500
/** An answer that takes so long comes too late for some leases. */
const lateMs = 1_000

/** An SQS API in a process of its own. The services reach it through a proxy that makes calls fail. */
export interface ChaoticSqs extends SqsPlace {
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
  /**
   * Empties all queues but the dead-letter queue; resolves with the ids that were in them, hidden or not, and how often their
   * messages had been sent on.
   */
  takeWaiting(withinMs: number): Promise<Map<string, number>>
  /** The same for the dead-letter queue. */
  takeDeadLetters(): Promise<Set<string>>
  /** The queue for events of receipts. */
  readonly receiptQueueUrl: string
  /** The queues there are, but for the dead-letter queue, the intake queue and the one for receipts. */
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
  const { signal, ...place } = undo.use(await startSqsProcess(3))
  let failing: { readonly fault: Fault; readonly share: number } | null = null
  const proxy = await httpFaultProxy({
    targetPort: () => place.port,
    refuse: 'answer',
    judge({ name, body }) {
      const fault = failing !== null && Math.random() < failing.share ? failing.fault : null
      if (name === 'SendMessage' && fault !== 'error' && fault !== 'hang') {
        const message = JSON.parse(body) as Message & { QueueUrl: string }
        if (nameOf(message.QueueUrl) === nameOf(place.deadLetterQueueUrl)) listener.deadLettered(idOf(message))
        else listener.sent(idOf(message))
      }
      if (name === 'SendMessageBatch' && fault !== 'error' && fault !== 'hang') {
        const { Entries } = JSON.parse(body) as { Entries: readonly Message[] }
        for (const message of Entries) listener.sent(idOf(message))
      }
      return fault
    },
  })
  undo.defer(() => proxy.close())
  const client = sqsClient(place.endpoint, place.region)
  undo.defer(async () => client.destroy())
  const receiptQueueUrl = await createReceiptQueue(client)
  const special = [place.deadLetterQueueUrl, place.intakeQueueUrl, receiptQueueUrl]

  const queues = async () => {
    const urls: string[] = []
    let next: string | undefined
    do {
      const page = await client.send(new ListQueuesCommand({ MaxResults: 1_000, NextToken: next }))
      urls.push(...(page.QueueUrls ?? []))
      next = page.NextToken
    } while (next !== undefined)
    return urls.filter((url) => !special.includes(url))
  }
  return {
    ...place,
    client,
    receiptQueueUrl,
    queues,
    proxied: `http://127.0.0.1:${proxy.port}`,
    fail(fault, share = 1) {
      failing = fault === null ? null : { fault, share }
    },
    watch: (signal, onLate) => watch(client, place.deadLetterQueueUrl, signal, onLate),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async takeWaiting(withinMs) {
      const ids = new Map<string, number>()
      const left = [...(await queues()), place.intakeQueueUrl]
      const emptyNext = async () => {
        for (let url = left.pop(); url !== undefined; url = left.pop()) await empty(client, url, withinMs, ids)
      }
      await Promise.all(Array.from({ length: emptiedAtOnce }, emptyNext))
      return ids
    },
    async takeDeadLetters() {
      const ids = new Map<string, number>()
      await empty(client, place.deadLetterQueueUrl, 0, ids)
      return new Set(ids.keys())
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
async function empty(client: SQSClient, queueUrl: string, withinMs: number, ids: Map<string, number>): Promise<void> {
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
      ids.set(idOf(message), Number(message.MessageAttributes?.hops?.StringValue ?? 0))
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
