import type { Lease } from '../../delivery/lease.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import type { AcknowledgedBy } from '../../delivery/receipt.ts'
import type { ReceiptRoom } from './receipt-room.ts'

/** The end of a notification that came through a queue: all that its receipt says, without the notification itself. */
export interface EndedNotification {
  readonly id: string
  readonly addressee: string
  readonly state: 'acknowledged' | 'expired'
  /** Null unless it was acknowledged. */
  readonly by: AcknowledgedBy | null
  readonly deliveryCount: number
  /** The name of the queue that gets an event; null for none. */
  readonly to: string | null
}

/** Keeps the receipts of notifications that come through queues. */
export interface ReceiptKeeping {
  /** The names of `RECEIPT_QUEUES`. */
  readonly names: ReadonlySet<string>
  readonly room: ReceiptRoom
  /** Whether the end of this lease leaves a receipt. */
  wants(lease: Lease): boolean
  /** Keeps the receipt; keeping the same receipt again changes nothing. Rejects when keeping it may have failed. */
  keep(ended: EndedNotification): Promise<void>
  /** Notes a state before the end, where receipts can be looked up. Never throws, and may fail silently. */
  note(lease: Lease, state: 'pending' | 'handed-over'): void
  /** Called when a message names a queue that is not among the names. */
  unknownQueue(messageId: string | undefined): void
}

/** The time between two warnings: a sender with a wrong setting sends many such messages. */
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
