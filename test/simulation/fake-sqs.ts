import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { SqsParts } from '../../src/modes/sqs-parts.ts'
import {
  type Account,
  deadLetterArn,
  deadLetterUrl,
  folder,
  intakeUrl,
  readReceipt,
  receiptOf,
  receiptsUrl,
} from './account.ts'
import { visibilityMs } from './bounds.ts'
import type { FakeQueue } from './fake-queue.ts'
import { nameOf } from './fate.ts'
import type { Shown } from './message.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** An entry of a batch that ends or changes messages. */
interface Entry {
  readonly Id?: string | undefined
  readonly ReceiptHandle?: string | undefined
  readonly VisibilityTimeout?: number | undefined
}

/** An error response of SQS. */
class SqsError extends Error {
  constructor(name: string) {
    super(name)
    this.name = name
  }
}

const missing = new SqsError('QueueDoesNotExist')

/**
 * SQS as one process reaches it: real commands, answered by simulated queues. Calls are slow, fail before or after they
 * have done what they should, and are cut off when the process dies.
 */
export class FakeSqs {
  readonly #account: Account
  readonly #world: World
  readonly #process: Process
  readonly #name: string
  /** Ends of the receives that are open, and from where each receives. */
  readonly #open = new Map<() => void, string>()

  constructor(account: Account, process: Process, name: string) {
    this.#account = account
    this.#world = account.world
    this.#process = process
    this.#name = name
  }

  /** Receives that are open at queues of which each has an owner; the intake queue is received from all the time. */
  get receiving(): number {
    return [...this.#open.values()].filter((url) => url !== intakeUrl).length
  }

  readonly clients: SqsParts['needs']['clients'] = {
    receiving: {
      send: ({ input }: ReceiveMessageCommand, options?: { abortSignal?: AbortSignal }) =>
        this.#receive(input, options?.abortSignal),
    } as unknown as SQSClient,
    acting: {
      send: (command: unknown, options?: { abortSignal?: AbortSignal }) => this.#act(command, options?.abortSignal),
    } as unknown as SQSClient,
    bounded: {
      send: (command: unknown, options?: { abortSignal?: AbortSignal }) => this.#act(command, options?.abortSignal),
    } as unknown as SQSClient,
    close() {},
  }

  /** The process has died. Its open receives are closed, or take a batch along into nowhere. */
  died(): void {
    const { random, trouble } = this.#world
    for (const withdraw of this.#open.keys()) if (!random.chance(trouble)) withdraw()
    this.#open.clear()
  }

  // ── receiving ──

  #receive(input: ReceiveMessageCommand['input'], signal?: AbortSignal): Promise<{ Messages?: Message[] }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ Messages?: Message[] }>()
    const { random, trouble } = this.#world
    const world = this.#world
    const fail = (error: Error, afterMs: number) =>
      void world.after(afterMs, () => this.#process.io(() => reject(error)))
    signal?.addEventListener('abort', () => reject(new SqsError('AbortError')))
    if (random.chance(trouble / 5)) {
      fail(new SqsError('ServiceUnavailable'), world.hop())
      return promise
    }
    const waitMs = (input.WaitTimeSeconds ?? 0) * 1_000
    world.after(world.hop(), () => {
      this.#process.effect(() => {
        const queue = this.#account.queue(input.QueueUrl)
        if (queue === null) return fail(missing, world.hop())
        this.#wait(queue, waitMs, (shown) => {
          if (signal?.aborted) return this.#swallowed(shown)
          if (!this.#process.effect(() => {})) return
          if (random.chance(world.trouble / 5)) return fail(new SqsError('TimeoutError'), 600)
          world.after(world.hop(), () => this.#process.io(() => resolve({ Messages: shown.map(toMessage) })))
        })
      })
    })
    return promise
  }

  /** Answers a long poll when there are messages, or without messages when its time is up. */
  #wait(queue: FakeQueue, waitMs: number, answer: (shown: readonly Shown[]) => void): void {
    const world = this.#world
    let over = false
    let withdraw = () => {}
    const close = () => {
      over = true
      withdraw()
      this.#open.delete(close)
    }
    withdraw = queue.ask(this.#name, (shown) => {
      close()
      for (const { shows, notification } of shown) if (shows > 1) world.ledger.shownAgain(notification)
      answer(shown)
    })
    if (over) return
    this.#open.set(close, queue.url)
    const timeUp = () => {
      if (over) return
      close()
      answer([])
    }
    if (waitMs === 0) timeUp()
    else world.after(waitMs, timeUp)
  }

  /** Messages went to a receive that was aborted: they are hidden, since SQS does not know of the abort. */
  #swallowed(shown: readonly Shown[]): void {
    for (const { notification } of shown) {
      this.#world.ledger.hidden(notification, `${this.#name} had aborted the receive that was handed it`)
    }
  }

  // ── everything else ──

  async #act(command: unknown, signal?: AbortSignal): Promise<unknown> {
    if (command instanceof SendMessageCommand) return this.#send(command.input, signal)
    if (command instanceof SendMessageBatchCommand) return this.#sendBatch(command.input, signal)
    const result = await this.#twice(() => this.#perform(command))
    if (result instanceof SqsError) throw result
    return result
  }

  /** The SDK tries once more, since the connection may have been an old one. */
  #twice<T>(perform: () => T): Promise<T> {
    const attempt = () => this.#process.call(perform)
    return attempt().catch(attempt)
  }

  async #send(input: SendMessageCommand['input'], signal?: AbortSignal): Promise<unknown> {
    const { QueueUrl, MessageBody = '', MessageAttributes = {} } = input
    const account = this.#account
    // For longer than the SDK tries.
    if (this.#world.random.chance(this.#world.trouble / 5)) throw new SqsError('ServiceUnavailable')
    // The deadline of an event is of the clock on the wall, so it never comes here.
    if (QueueUrl === receiptsUrl) return this.#twice(() => account.takeReceipt(MessageBody))
    const notification = this.#world.notification(nameOf({ body: MessageBody }))
    let taken = false
    const take = () => {
      if (signal?.aborted) return false
      if (!account.take(QueueUrl, notification, { MessageBody, MessageAttributes }, this.#name)) return missing
      // Noted at once: the process may die before it is answered.
      if (taken) account.unclear(notification)
      taken = true
      return true
    }
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    signal?.addEventListener('abort', () => reject(new SqsError('AbortError')))
    let known = false
    try {
      const result = await Promise.race([this.#twice(take), aborted])
      if (result !== true) throw result === false ? new SqsError('AbortError') : result
      known = true
      return {}
    } finally {
      if (taken && !known) account.unclear(notification)
    }
  }

  /** Some messages of a batch may be refused although the call goes through. */
  async #sendBatch(input: SendMessageBatchCommand['input'], signal?: AbortSignal): Promise<unknown> {
    const { QueueUrl, Entries = [] } = input
    const { random, trouble } = this.#world
    if (random.chance(trouble / 5)) throw new SqsError('ServiceUnavailable')
    const notifications = Entries.map(({ MessageBody = '' }) => this.#world.notification(nameOf({ body: MessageBody })))
    const unclear = new Set<number>()
    const take = () => {
      if (signal?.aborted) return false
      const Failed: { Id: string }[] = []
      for (const [i, notification] of notifications.entries()) {
        const { MessageBody = '', MessageAttributes = {}, Id = '' } = Entries[i] ?? {}
        if (random.chance(trouble / 10)) Failed.push({ Id })
        else if (this.#account.take(QueueUrl, notification, { MessageBody, MessageAttributes }, this.#name)) {
          // Noted at once: the process may die before it is answered.
          if (unclear.has(i)) this.#account.unclear(notification)
          unclear.add(i)
        } else return missing
      }
      return { Failed }
    }
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    signal?.addEventListener('abort', () => reject(new SqsError('AbortError')))
    try {
      const result = await Promise.race([this.#twice(take), aborted])
      if (result === false || result === missing) throw result === false ? new SqsError('AbortError') : missing
      const { Failed } = result as { Failed: { Id: string }[] }
      for (const [i, { Id }] of Entries.entries()) {
        if (!Failed.some((failed) => failed.Id === Id)) unclear.delete(i)
      }
      const Successful = Entries.filter(({ Id }) => !Failed.some((failed) => failed.Id === Id)).map(({ Id }) => ({
        Id,
      }))
      return { Successful, Failed }
    } finally {
      for (const [i, notification] of notifications.entries()) if (unclear.has(i)) this.#account.unclear(notification)
    }
  }

  #perform(command: unknown): unknown {
    const account = this.#account
    if (command instanceof DeleteMessageBatchCommand) {
      const queue = account.queue(command.input.QueueUrl)
      return this.#each(queue, command.input.Entries, (key, handle) => {
        queue?.delete(key, handle)
        return true
      })
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const queue = account.queue(command.input.QueueUrl)
      return this.#each(queue, command.input.Entries, (key, handle, { VisibilityTimeout: seconds = 0 }) => {
        return (seconds === 0 ? queue?.giveBack(key, handle) : queue?.hide(key, handle, 1_000 * seconds)) === true
      })
    }
    if (command instanceof CreateQueueCommand) {
      account.make(command.input.QueueName ?? '')
      return { QueueUrl: folder + command.input.QueueName }
    }
    if (command instanceof DeleteQueueCommand) {
      account.remove(command.input.QueueUrl)
      return {}
    }
    if (command instanceof GetQueueUrlCommand) return { QueueUrl: deadLetterUrl }
    if (command instanceof GetQueueAttributesCommand) return this.#describe(account.queue(command.input.QueueUrl))
    throw new Error('no such command is simulated')
  }

  #describe(queue: FakeQueue | null): unknown {
    if (queue === null) return missing
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetterArn })
    const none = { ApproximateNumberOfMessagesNotVisible: '0', ApproximateNumberOfMessagesDelayed: '0' }
    return { Attributes: { RedrivePolicy, ...none, ApproximateNumberOfMessages: String(queue.size) } }
  }

  /** Some entries of a batch may fail although the call goes through. */
  #each(
    queue: FakeQueue | null,
    entries: readonly Entry[] = [],
    perform: (key: string, handle: number, entry: Entry) => boolean,
  ): unknown {
    if (queue === null) return missing
    const { random, trouble } = this.#world
    const Failed: unknown[] = []
    for (const entry of entries) {
      const { Id, ReceiptHandle = '' } = entry
      const { key, handle } = readReceipt(ReceiptHandle)
      if (random.chance(trouble / 10)) Failed.push({ Id, SenderFault: false, Code: 'InternalError' })
      else if (!perform(key, handle, entry)) Failed.push({ Id, SenderFault: true, Code: 'InvalidParameterValue' })
    }
    return { Failed }
  }
}

function toMessage(shown: Shown): Message {
  const { key, shows, written } = shown
  return {
    MessageId: key,
    ReceiptHandle: receiptOf(shown),
    Body: written.MessageBody,
    MessageAttributes: written.MessageAttributes,
    Attributes: { ApproximateReceiveCount: `${shows}`, SentTimestamp: '0' },
  }
}

/** The visibility timeout that is asked for is the one that the queues have. */
export const visibilityTimeoutSeconds = visibilityMs / 1_000
