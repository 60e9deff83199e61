import type { Lease } from '../../delivery/lease.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { pause } from '../clock.ts'
import type { Entry } from './batches.ts'
import type { EndedNotification, ReceiptCounters, ReceiptKeeping } from './receipt-keeping.ts'

/** The time for keeping a receipt, after which its message is deleted without it. Most outages are shorter. */
const maxTryingMs = 90_000
/** The time for the last try and for the delete that follows. */
const hiddenMarginMs = 15_000
const firstPauseMs = 250
const maxPauseMs = 10_000

/** Ends messages of the queue. */
interface Messages {
  delete(handle: string, key: string, expiresAt: number): void
  release(handle: string, key: string, expiresAt: number): void
  hide(entry: Required<Entry>): void
}

interface Needs {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  readonly counters: { readonly receipts: ReceiptCounters }
  readonly messages: Messages
}

/** A message whose receipt is not kept yet. */
interface Waiting {
  readonly key: string
  handle: string
  /** When SQS shows the message again, by `Clock.now()`. */
  expiresAt: number
  readonly hiddenUntil: number
  hasFailed: boolean
}

/** The receipts of one queue's messages that are not yet kept: such messages are deleted afterwards. */
export class UnkeptReceipts {
  readonly #needs: Needs
  readonly #keeping: ReceiptKeeping
  readonly #waiting = new Map<string, Waiting>()
  readonly #stop = new AbortController()
  #onEmpty: (() => void)[] = []

  constructor(needs: Needs, keeping: ReceiptKeeping) {
    this.#needs = needs
    this.#keeping = keeping
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Whether the message waits for its receipt. */
  has(key: string): boolean {
    return this.#waiting.has(key)
  }

  /**
   * Returns whether the message waits for its receipt; if so, takes over the newer handle, since SQS has shown the message
   * again.
   */
  renew(key: string, handle: string, expiresAt: number): boolean {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return false
    Object.assign(waiting, { handle, expiresAt })
    if (waiting.hasFailed) this.#hide(waiting)
    return true
  }

  /**
   * Keeps the receipt of the lease, and then deletes its message with the newest handle. While that fails it is tried again;
   * an instance that stops meanwhile gives the message back to SQS, which shows it again. The lease is read at once, and not
   * held any longer: the memory of its notification is free.
   */
  keep(lease: Lease): Promise<void> {
    const { clock, counters, messages } = this.#needs
    const { key, expiresAt, notification } = lease
    const handle = String(lease.receipt)
    if (!this.#keeping.room.take(notification.id)) {
      counters.receipts.lost += 1
      messages.delete(handle, key, expiresAt)
      return Promise.resolve()
    }
    const hiddenUntil = clock.now() + maxTryingMs + hiddenMarginMs
    const waiting: Waiting = { key, handle, expiresAt, hiddenUntil, hasFailed: false }
    this.#waiting.set(key, waiting)
    return this.#keep(waiting, endOf(lease))
  }

  async #keep(waiting: Waiting, ended: EndedNotification): Promise<void> {
    const { clock, counters, log, messages } = this.#needs
    const outcome = await this.#try(waiting, ended, clock.now() + maxTryingMs)
    const { key, handle, expiresAt } = waiting
    this.#waiting.delete(key)
    this.#keeping.room.free()
    if (outcome === 'stopped') messages.release(handle, key, expiresAt)
    else messages.delete(handle, key, expiresAt)
    if (outcome === 'given up') {
      counters.receipts.lost += 1
      log.warn({ notificationId: ended.id }, 'a receipt could not be kept and is given up')
    }
    if (this.#waiting.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  async #try(waiting: Waiting, ended: EndedNotification, until: number): Promise<'kept' | 'given up' | 'stopped'> {
    const { clock, counters } = this.#needs
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      try {
        await this.#keeping.keep(ended)
        counters.receipts.kept += 1
        return 'kept'
      } catch {
        counters.receipts.failed += 1
      }
      if (clock.now() + pauseMs >= until) return 'given up'
      if (!waiting.hasFailed) this.#hide(waiting)
      await pause(clock, pauseMs, this.#stop.signal)
      if (this.#stop.signal.aborted) return 'stopped'
    }
  }

  /** Each time SQS shows an acknowledged message again, it comes nearer to the dead-letter queue: it stays hidden meanwhile. */
  #hide(waiting: Waiting): void {
    waiting.hasFailed = true
    const { key, handle, expiresAt, hiddenUntil } = waiting
    // A message whose time is up is shown again in any case, and hidden then.
    if (hiddenUntil <= expiresAt || expiresAt <= this.#needs.clock.now()) return
    this.#needs.messages.hide({ handle, key, expiresAt, visibleAt: hiddenUntil })
    waiting.expiresAt = hiddenUntil
  }

  /** Resolves when every receipt is kept or given up; after `withinMs` nothing is tried any more. */
  async drained(withinMs: number): Promise<void> {
    if (this.#waiting.size === 0) return
    const cancel = this.#needs.clock.after(withinMs, () => this.#stop.abort())
    await new Promise<void>((resolve) => this.#onEmpty.push(resolve))
    cancel()
  }
}

function endOf({ notification, end, acknowledgedBy, deliveryCount }: Lease): EndedNotification {
  const { id, addressee, receipt } = notification
  const isExpired = end === 'outdated'
  const outcome = isExpired
    ? ({ state: 'expired', by: null } as const)
    : ({ state: 'acknowledged', by: acknowledgedBy } as const)
  return { id, addressee, ...outcome, deliveryCount, to: receipt?.to ?? null }
}
