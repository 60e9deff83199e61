import type { Lease } from '../../delivery/lease.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { pause } from '../clock.ts'

/** Keeps the receipts of notifications that come through queues. */
export interface ReceiptKeeping {
  /** The names of `RECEIPT_QUEUES`. */
  readonly names: ReadonlySet<string>
  /** Whether the end of this lease leaves a receipt. */
  wants(lease: Lease): boolean
  /** Keeps the receipt of a lease that has ended; keeping it again changes nothing. Rejects when that may have failed. */
  keep(lease: Lease): Promise<void>
  /** Notes a state before the end, if that is of use. Never throws, and may fail silently. */
  note(lease: Lease, state: 'pending' | 'handed-over'): void
  /** A message names a queue that is not among the names. */
  unknownQueue(messageId: string | undefined): void
}

/** A sender with a wrong setting sends many such messages. */
const warnEveryMs = 60_000

/** Returns a function that warns of messages that name unknown queues, at most once a minute. */
export function unknownQueueWarning(clock: Clock, log: Pick<Log, 'warn'>): ReceiptKeeping['unknownQueue'] {
  let warnedAt = Number.NEGATIVE_INFINITY
  return (messageId) => {
    if (clock.now() - warnedAt < warnEveryMs) return
    warnedAt = clock.now()
    log.warn({ messageId }, 'a message names a receipt queue that is not in RECEIPT_QUEUES; no event is sent')
  }
}

/** Counts of receipts, for the metrics to read. */
export interface ReceiptCounters {
  /** Receipts that were kept or sent. */
  kept: number
  /** Tries that failed. */
  failed: number
  /** Receipts that were given up. */
  lost: number
}

export function receiptCounters(): ReceiptCounters {
  return { kept: 0, failed: 0, lost: 0 }
}

/**
 * A receipt is tried for so long before its message is deleted without it. Shorter than four visibility timeouts of 30 s,
 * since SQS goes on showing the message: an acknowledged message must not become a dead letter because of its receipt.
 */
const maxTryingMs = 90_000
const firstPauseMs = 250
const maxPauseMs = 10_000
/** Receipts that are tried at once; past this bound further ones are given up at once, so that memory is bounded. */
const maxTrying = 5_000

interface Needs {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  readonly counters: { readonly receipts: ReceiptCounters }
}

/** The receipts of one queue's messages that are not yet kept: such messages are deleted afterwards. */
export class UnkeptReceipts {
  readonly #needs: Needs
  readonly #keeping: ReceiptKeeping
  readonly #latest = new Map<string, { handle: string; expiresAt: number }>()
  readonly #stop = new AbortController()
  #waiting: (() => void)[] = []

  constructor(needs: Needs, keeping: ReceiptKeeping) {
    this.#needs = needs
    this.#keeping = keeping
  }

  get size(): number {
    return this.#latest.size
  }

  /** Whether the message waits for its receipt; takes over the newer handle of a message that SQS has shown again. */
  renew(key: string, handle: string, expiresAt: number): boolean {
    if (!this.#latest.has(key)) return false
    this.#latest.set(key, { handle, expiresAt })
    return true
  }

  /**
   * Keeps the receipt of the lease, and then has its message deleted with the newest handle. While that fails it is tried
   * again; an instance that stops meanwhile leaves the message to SQS, which shows it again.
   */
  async keep(lease: Lease, deleteMessage: (handle: string, expiresAt: number) => void): Promise<void> {
    const { clock, counters, log } = this.#needs
    const { key, expiresAt } = lease
    const handle = String(lease.receipt)
    if (this.#latest.size >= maxTrying) {
      counters.receipts.lost += 1
      return deleteMessage(handle, expiresAt)
    }
    this.#latest.set(key, { handle, expiresAt })
    const isDone = await this.#try(lease, clock.now() + maxTryingMs)
    const latest = this.#latest.get(key) ?? { handle, expiresAt }
    this.#latest.delete(key)
    if (isDone !== null) deleteMessage(latest.handle, latest.expiresAt)
    if (isDone === false) {
      counters.receipts.lost += 1
      log.warn({ notificationId: lease.notification.id }, 'a receipt could not be kept and is given up')
    }
    if (this.#latest.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves with true when the receipt is kept, false when it is given up, and null when this instance stops. */
  async #try(lease: Lease, until: number): Promise<boolean | null> {
    const { clock, counters } = this.#needs
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      try {
        await this.#keeping.keep(lease)
        counters.receipts.kept += 1
        return true
      } catch {
        counters.receipts.failed += 1
      }
      if (clock.now() + pauseMs >= until) return false
      await pause(clock, pauseMs, this.#stop.signal)
      if (this.#stop.signal.aborted) return null
    }
  }

  /** Resolves when every receipt is kept or given up; after `withinMs` nothing is tried any more. */
  async drained(withinMs: number): Promise<void> {
    if (this.#latest.size === 0) return
    const cancel = this.#needs.clock.after(withinMs, () => this.#stop.abort())
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    cancel()
  }
}
