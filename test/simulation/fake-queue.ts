import type { Notification } from '../../src/delivery/notification.ts'
import { maxReceiveCount, visibilityMs } from './bounds.ts'
import type { World } from './world.ts'

/** A message as the queue keeps it. */
export interface Message {
  readonly key: string
  readonly notification: Notification
  readonly hops: number
  shows: number
  /** The newest receipt: any other deletes nothing. */
  handle: number
  visibleAt: number
}

/** A message as a receive brings it. */
export interface Shown {
  readonly key: string
  readonly notification: Notification
  readonly hops: number
  readonly shows: number
  readonly handle: number
}

type Waiter = (shown: readonly Shown[]) => void

/** A standard SQS queue: visibility timeouts, receive counts, redrive, receipts that go stale, messages shown twice. */
export class FakeQueue {
  readonly url: string
  readonly #world: World
  readonly #messages = new Map<string, Message>()
  readonly #waiters = new Set<Waiter>()
  #handles = 0

  constructor(world: World, url: string) {
    this.#world = world
    this.url = url
  }

  get size(): number {
    return this.#messages.size
  }

  get messages(): Iterable<Message> {
    return this.#messages.values()
  }

  send(notification: Notification, hops: number): void {
    const key = this.#world.newKey()
    const { now } = this.#world
    this.#messages.set(key, { key, notification, hops, shows: 0, handle: -1, visibleAt: now })
    this.#pump()
  }

  /** A long poll: answered once, when there is something. The answer withdraws it. */
  ask(waiter: Waiter): () => void {
    this.#waiters.add(waiter)
    this.#pump()
    return () => this.#waiters.delete(waiter)
  }

  /** Says OK in any case; only the newest receipt deletes. */
  delete(key: string, handle: number): void {
    const message = this.#messages.get(key)
    if (message?.handle !== handle) return
    this.#messages.delete(key)
    this.#world.ledger.deleted(message.notification)
  }

  giveBack(key: string, handle: number): void {
    const message = this.#messages.get(key)
    if (message?.handle !== handle || message.visibleAt <= this.#world.now) return
    message.visibleAt = this.#world.now
    this.#pump()
  }

  /** Whether whoever has this receipt is the only one who is shown the message at this moment. */
  isLeased(key: string, handle: number): boolean {
    const message = this.#messages.get(key)
    return message !== undefined && message.handle === handle && message.visibleAt > this.#world.now
  }

  #pump(): void {
    for (const waiter of this.#waiters) {
      const shown = this.#show()
      if (shown.length === 0) return
      this.#waiters.delete(waiter)
      waiter(shown)
    }
  }

  #show(): Shown[] {
    const { now, random, trouble, ledger } = this.#world
    const shown: Shown[] = []
    for (const message of this.#messages.values()) {
      if (message.visibleAt > now) continue
      if (message.shows >= maxReceiveCount) {
        this.#messages.delete(message.key)
        ledger.deadLettered(message)
        continue
      }
      message.shows += 1
      message.handle = ++this.#handles
      message.visibleAt = now + visibilityMs
      if (random.chance(trouble / 5)) {
        // At least once: somebody else is shown it as well, and the first receipt is worth nothing.
        message.visibleAt = now + random.between(0, 300)
        ledger.shownTwice(message.notification.id)
      }
      this.#world.after(message.visibleAt - now, () => this.#pump())
      shown.push({ ...message })
      if (shown.length === 10) break
    }
    return shown
  }
}
