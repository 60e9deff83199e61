import type { WrittenMessage } from '../../src/adapters/sqs/written-message.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import { maxReceiveCount, visibilityMs } from './bounds.ts'
import type { Message, Shown } from './message.ts'
import type { World } from './world.ts'

interface Waiter {
  /** The receiver. */
  readonly by: string
  readonly answer: (shown: readonly Shown[]) => void
}

/** A standard SQS queue: visibility timeouts, receive counts, redrive, receipts that go stale, messages shown twice. */
export class FakeQueue {
  readonly madeAt: number
  readonly url: string
  readonly #world: World
  readonly #messages = new Map<string, Message>()
  readonly #waiters = new Set<Waiter>()
  #handles = 0

  constructor(world: World, url: string) {
    this.madeAt = world.now
    this.#world = world
    this.url = url
  }

  get size(): number {
    return this.#messages.size
  }

  get messages(): Iterable<Message> {
    return this.#messages.values()
  }

  send(notification: Notification, written: WrittenMessage): void {
    const key = this.#world.newKey()
    const { now } = this.#world
    const message = { key, notification, written, shows: 0, handle: -1, shownAt: now, visibleAt: now }
    this.#messages.set(key, { ...message, holder: null })
    this.#pump()
  }

  /** Opens a long poll, which is answered once, when there are messages. Returns a function that withdraws it. */
  ask(by: string, answer: (shown: readonly Shown[]) => void): () => void {
    const waiter = { by, answer }
    this.#waiters.add(waiter)
    this.#pump()
    return () => this.#waiters.delete(waiter)
  }

  /** Deletes the message if this is its newest receipt. Any other receipt deletes nothing, and that is no error. */
  delete(key: string, handle: number): void {
    const message = this.#messages.get(key)
    if (message?.handle !== handle) return
    this.#messages.delete(key)
    this.#world.ledger.deleted(message.notification)
  }

  /** Shows the message again at once. Returns false when the receipt has ended. */
  giveBack(key: string, handle: number): boolean {
    const message = this.#messages.get(key)
    if (message?.handle !== handle || message.visibleAt <= this.#world.now) return false
    message.visibleAt = this.#world.now
    message.holder = null
    this.#pump()
    return true
  }

  /** Hides the message for so long from now on. Returns false when the receipt has ended. */
  hide(key: string, handle: number, ms: number): boolean {
    const { now } = this.#world
    const message = this.#messages.get(key)
    if (message?.handle !== handle || message.visibleAt <= now) return false
    message.visibleAt = now + ms
    this.#world.after(ms, () => this.#pump())
    return true
  }

  /** Whether the holder of this receipt is the only receiver that is shown the message at this moment. */
  isLeased(key: string, handle: number): boolean {
    const message = this.#messages.get(key)
    return message !== undefined && message.handle === handle && message.visibleAt > this.#world.now
  }

  #pump(): void {
    for (const waiter of this.#waiters) {
      const shown = this.#show(waiter.by)
      if (shown.length === 0) return
      this.#waiters.delete(waiter)
      waiter.answer(shown)
    }
  }

  #show(by: string): Shown[] {
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
      message.shownAt = now
      message.visibleAt = now + visibilityMs
      message.holder = by
      if (random.chance(trouble / 5)) {
        // At least once: somebody else is shown it as well, and the first receipt is worth nothing.
        message.visibleAt = now + random.between(0, 300)
        ledger.shownTwice(message.notification)
      }
      this.#world.after(message.visibleAt - now, () => this.#pump())
      shown.push({ ...message })
      if (shown.length === 10) break
    }
    return shown
  }
}
