import { type WrittenMessage, writeMessage } from '../../src/adapters/sqs/written-message.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import { FakeQueue } from './fake-queue.ts'
import { nameOf } from './fate.ts'
import type { Message } from './message.ts'
import type { Told } from './receipt-book.ts'
import type { World } from './world.ts'

/** The names of the simulated account's queues. */
export const folder = 'https://sqs.example/1/'
export const deadLetterUrl = `${folder}dead-letters`
export const intakeUrl = `${folder}intake`
export const receiptsUrl = `${folder}receipts`
export const deadLetterArn = 'arn:aws:sqs:nowhere:1:dead-letters'

/** The receipt handle of a message. */
export function receiptOf({ key, handle }: Pick<Message, 'key' | 'handle'>): string {
  return `${key}/${handle}`
}

/** Reads a receipt handle. */
export function readReceipt(receipt: string): { key: string; handle: number } {
  const cut = receipt.lastIndexOf('/')
  return { key: receipt.slice(0, cut), handle: Number(receipt.slice(cut + 1)) }
}

/** The queues that all instances share. The modes differ in what a message means that an instance sends. */
export abstract class Account {
  readonly world: World
  readonly #queues = new Map<string, FakeQueue>()

  /** Notifications that were sent to the intake queue. */
  readonly #fromIntake = new Set<string>()

  constructor(world: World) {
    this.world = world
    this.make('intake')
  }

  /** A sender that knows nothing of instances or queues of clients sends a notification. */
  protected toIntake(addressee: string): Notification {
    const notification = this.world.draft(addressee)
    this.#fromIntake.add(nameOf(notification))
    this.world.ledger.accepted(notification)
    this.queue(intakeUrl)?.send(notification, writeMessage(notification))
    return notification
  }

  isFromIntake(notification: Notification): boolean {
    return this.#fromIntake.has(nameOf(notification))
  }

  /** Null when there is no such queue. */
  queue(url: string | undefined): FakeQueue | null {
    return this.#queues.get(url ?? '') ?? null
  }

  get queues(): FakeQueue[] {
    return [...this.#queues.values()]
  }

  make(name: string): void {
    const url = folder + name
    if (!this.#queues.has(url)) this.#queues.set(url, new FakeQueue(this.world, url))
  }

  remove(url: string | undefined): void {
    this.#queues.delete(url ?? '')
  }

  /** Whether the holder of this receipt is the only one who is shown its message at this moment. */
  isLeased(receipt: string): boolean {
    const { key, handle } = readReceipt(receipt)
    return this.queues.some((queue) => queue.isLeased(key, handle))
  }

  /** Everything that waits in queues. */
  get queued(): Notification[] {
    return this.queues.flatMap((queue) => Array.from(queue.messages, ({ notification }) => notification))
  }

  /** Takes a message that an instance sends; returns false when there is no such queue. */
  abstract take(url: string | undefined, notification: Notification, written: WrittenMessage, instance: string): boolean
  /** Takes an event for the queue of receipts. */
  takeReceipt(text: string): void {
    const { subject, source, type, data } = JSON.parse(text) as Record<'subject' | 'source' | 'type', string> & {
      data: Told & { id: string; addressee: string; by?: Told['by'] }
    }
    const { ledger } = this.world
    const notification = this.world.addressed(data.addressee, data.id)
    const isSaid =
      subject === data.id && source === `/receipts/${data.addressee}` && type === `notification.${data.state}`
    if (notification === null || !isSaid) return ledger.violate(10, `an event is of no notification: ${text}`)
    ledger.receipts.event(notification, { state: data.state, by: data.by ?? null })
  }

  /** A message was taken, and its sender cannot know that. */
  abstract unclear(notification: Notification): void
}
