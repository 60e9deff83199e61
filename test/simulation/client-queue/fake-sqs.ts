import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { SqsClients } from '../../../src/adapters/sqs/client.ts'
import { receiveWaitMs, visibilityMs } from '../bounds.ts'
import type { FakeQueue, Shown } from '../fake-queue.ts'
import type { Process } from '../process.ts'
import type { World } from '../world.ts'
import type { ClientQueues } from './client-queues.ts'
import { deadLetterArn, deadLetterUrl } from './names.ts'

/** An answer of SQS that says no. */
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
  readonly #realm: ClientQueues
  readonly #world: World
  readonly #process: Process
  readonly #name: string
  /** Ends of the receives that are open. */
  readonly #open = new Set<() => void>()

  constructor(realm: ClientQueues, process: Process, name: string) {
    this.#realm = realm
    this.#world = realm.world
    this.#process = process
    this.#name = name
  }

  get receiving(): number {
    return this.#open.size
  }

  readonly clients: SqsClients = {
    receiving: {
      send: (command: ReceiveMessageCommand, options?: { abortSignal?: AbortSignal }) =>
        this.#receive(command, options?.abortSignal),
    } as unknown as SQSClient,
    acting: { send: (command: unknown) => this.#act(command) } as unknown as SQSClient,
    close() {},
  }

  /** The process has died. Its open receives are closed, or take a batch along into nowhere. */
  died(): void {
    const { random, trouble } = this.#world
    for (const withdraw of this.#open) if (!random.chance(trouble)) withdraw()
    this.#open.clear()
  }

  // ── receiving ──

  #receive({ input }: ReceiveMessageCommand, signal?: AbortSignal): Promise<{ Messages?: Message[] }> {
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
    const waitMs = input.WaitTimeSeconds === 0 ? 0 : receiveWaitMs
    world.after(world.hop(), () => {
      this.#process.effect(() => {
        const queue = this.#realm.queue(input.QueueUrl)
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

  /** A long poll: answered when there is something, or with nothing when its time is up. */
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
    this.#open.add(close)
    const timeUp = () => {
      if (over) return
      close()
      answer([])
    }
    if (waitMs === 0) timeUp()
    else world.after(waitMs, timeUp)
  }

  /** SQS does not know that nobody waits any more. */
  #swallowed(shown: readonly Shown[]): void {
    for (const { notification } of shown) {
      this.#world.ledger.hidden(notification, `${this.#name} had aborted the receive that was handed it`)
    }
  }

  // ── everything else ──

  async #act(command: unknown): Promise<unknown> {
    const perform = () => this.#perform(command)
    const attempt = () => this.#world.call(this.#process, perform)
    // The SDK tries once more, since the connection may have been an old one.
    const result = await attempt().catch(attempt)
    if (result instanceof SqsError) throw result
    return result
  }

  #perform(command: unknown): unknown {
    const realm = this.#realm
    if (command instanceof SendMessageCommand) return realm.send(command.input) ? {} : missing
    if (command instanceof DeleteMessageBatchCommand) {
      const queue = realm.queue(command.input.QueueUrl)
      return this.#each(queue, command.input.Entries, (key, handle) => {
        queue?.delete(key, handle)
        return true
      })
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const queue = realm.queue(command.input.QueueUrl)
      return this.#each(queue, command.input.Entries, (key, handle) => queue?.giveBack(key, handle) === true)
    }
    if (command instanceof CreateQueueCommand) {
      realm.make(command.input.QueueName ?? '')
      return {}
    }
    if (command instanceof GetQueueUrlCommand) return { QueueUrl: deadLetterUrl }
    if (command instanceof GetQueueAttributesCommand) {
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetterArn })
      return realm.queue(command.input.QueueUrl) === null ? missing : { Attributes: { RedrivePolicy } }
    }
    throw new Error('no such command is simulated')
  }

  /** Some entries of a batch may fail although the call goes through. */
  #each(
    queue: FakeQueue | null,
    entries: readonly { Id?: string | undefined; ReceiptHandle?: string | undefined }[] = [],
    perform: (key: string, handle: number) => boolean,
  ): unknown {
    if (queue === null) return missing
    const { random, trouble } = this.#world
    const Failed: unknown[] = []
    for (const { Id, ReceiptHandle = '' } of entries) {
      const { key, handle } = readReceipt(ReceiptHandle)
      if (random.chance(trouble / 10)) Failed.push({ Id, SenderFault: false, Code: 'InternalError' })
      else if (!perform(key, handle)) Failed.push({ Id, SenderFault: true, Code: 'InvalidParameterValue' })
    }
    return { Failed }
  }
}

function toMessage({ key, handle, shows, written }: Shown): Message {
  return {
    MessageId: key,
    ReceiptHandle: `${key}/${handle}`,
    Body: written?.MessageBody,
    MessageAttributes: written?.MessageAttributes,
    Attributes: { ApproximateReceiveCount: `${shows}`, SentTimestamp: '0' },
  }
}

/** What a receipt handle stands for. */
export function readReceipt(receipt: string): { key: string; handle: number } {
  const cut = receipt.lastIndexOf('/')
  return { key: receipt.slice(0, cut), handle: Number(receipt.slice(cut + 1)) }
}

/** The visibility timeout that is asked for is the one that the queues have. */
export const visibilityTimeoutSeconds = visibilityMs / 1_000
