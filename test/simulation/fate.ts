import type { Lease } from '../../src/delivery/lease.ts'
import { expiryOf, type Notification } from '../../src/delivery/notification.ts'
import { graceMs, midnight } from './bounds.ts'

/** Returns its name in the ledger, under any id that it gets on its way. */
export function nameOf({ body }: Pick<Notification, 'body'>): string {
  return `notification ${body}`
}

/** One notification in one response, or in one event of a stream. */
export interface Carriage {
  readonly instance: string
  readonly ack: 'auto' | 'next'
  readonly lease: Lease
  readonly handedOverAt: number
  /** Its connection, and whether that takes nothing at the moment. */
  readonly wire: { readonly stuck: boolean }
  /** When the core was told that the response is out; null before. */
  writtenAt: number | null
  /** When the failure of its connection reached this host, whether or not the process was awake to see it. */
  failedAt: number
  /** Whether the process has seen it. */
  failureSeen: boolean
}

/** The fate of one notification. */
export class Fate {
  readonly notification: Notification
  readonly acceptedAt: number
  /** When it expires, by the clock; infinity for never. */
  readonly expiresAt: number
  readonly carriages: Carriage[] = []
  readonly copies = new Map<string, number>()
  readonly causes = new Map<string, string[]>()
  readonly sentOnBy = new Map<string, number>()
  readonly rowAcknowledgedBy = new Set<string>()
  acknowledgedByClient = false
  acknowledgedByGrace = false
  /** Cut short: the client polled at another instance. */
  acknowledgedByMove = false
  /** Deleted, or being deleted, because it has expired. */
  endedByExpiry = false
  /** How often it was counted as expired. */
  countedExpired = 0
  deadLettered = false
  /** When an instance first told its source of an acknowledgement; infinity before. */
  acknowledgedAt = Number.POSITIVE_INFINITY
  /** The ends that its sender was told of, in any way. */
  readonly toldEnds = new Set<'acknowledged' | 'expired'>()
  /** How often its event has reached the queue for receipts. */
  events = 0
  shownTwice = false

  constructor(notification: Notification, acceptedAt: number) {
    this.notification = notification
    this.acceptedAt = acceptedAt
    this.expiresAt = expiryOf(notification) - midnight
  }

  get delivered(): boolean {
    return this.copies.size > 0
  }
}

/** The connection stands, and it is too early to tell. */
export function isEarly({ ack, writtenAt, failedAt }: Carriage, now: number): boolean {
  return ack === 'auto' && failedAt > now && (writtenAt === null || now < writtenAt + graceMs)
}
