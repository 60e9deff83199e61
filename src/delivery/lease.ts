import { expiryOf, type Notification } from './notification.ts'
import type { AcknowledgedBy } from './receipt.ts'
import { Slot } from './wheel.ts'

export type LeaseEnd =
  /** The client has the notification: the source deletes it. */
  | 'acknowledged'
  /** The queue of another instance has the notification: the source deletes it. */
  | 'sent-on'
  /** The notification has expired without an acknowledgement: the source deletes it. */
  | 'outdated'
  /** Nobody here can use it: the source shows it again, soon. */
  | 'released'
  /** Its time is up: the source shows it again by itself. */
  | 'expired'
  /** Memory is short: the source shows it again by itself, when its time would have been up. */
  | 'let-go'

/** The kind of a source: the queue of an instance, of a client, or of all senders; or the table of stored notifications. */
export type SourceKind = 'instance-queue' | 'client-queue' | 'intake-queue' | 'stored'

/**
 * The origin of leases, which is told how they end: an SQS queue, or a table.
 * Neither call throws or waits: the source retries within its own bounds, and a call without effect only means that the
 * notification is shown again.
 */
export interface Source {
  readonly kind: SourceKind
  /**
   * Whether every instance reads this source, as with a table. Notifications of a source that this instance alone reads
   * have to be sent on when their addressee has moved; shared ones are simply let go.
   */
  readonly shared: boolean
  /** The client has the notification, another queue has it, or it has expired: deletes it for good. */
  acknowledge(lease: Lease): void
  /** The notification has expired, and is not deleted without a trace. Absent where `acknowledge` does as well. */
  outdated?(lease: Lease): void
  /** Nobody here can use the notification: shows it again, soon. */
  release(lease: Lease): void
  /** A response with the lease has left this process, for the first time. */
  handedOver?(lease: Lease): void
  /** There is no memory for the lease. A source that does not show its notifications by itself looks again later. */
  heldBack?(lease: Lease): void
}

/** The owner of leases. */
export interface Holder {
  /** The time of the lease is up, or that of its notification. */
  expire(lease: Lease): void
  withhold(lease: Lease): void
  takeBack(leases: readonly Lease[]): void
  settle(lease: Lease, end: LeaseEnd): boolean
}

/** A response or an event that carried a lease and can still acknowledge it. */
export interface Carrier {
  /** A lease that it carried has ended, for whatever reason. */
  leaseEnded(): void
  /** The source has shown the lease again, to this instance. */
  leaseShownAgain(lease: Lease): void
}

/**
 * A notification that this instance holds for its addressee and has not settled.
 *
 * States: `end` is null while it is held, and then, once and for ever, one of `LeaseEnd`. While it is held its source
 * shows it to nobody else; when it has ended its source alone decides.
 */
export class Lease extends Slot {
  /** The source's name for it: the same key again is the same notification shown again, with a newer receipt. */
  readonly key: string
  readonly notification: Notification
  readonly source: Source
  /** The source's handle for acknowledging and releasing; opaque here. */
  receipt: unknown
  /** How often its source has shown it, this time included. */
  deliveryCount: number
  /** When the source shows it to others again: `Clock.now()` milliseconds. */
  expiresAt: number
  /** When its notification expires: milliseconds since 1970, infinity for never. */
  readonly outdatedAt: number
  /** How long such a lease lasts from its beginning: SQS's visibility timeout. */
  readonly lengthMs: number
  /** How many instances have sent it on already. */
  readonly hops: number
  /** Bytes it counts for against the bound on leased memory. */
  readonly size: number
  end: LeaseEnd | null = null
  /** Of a lease that has ended acknowledged: who acknowledged it. */
  acknowledgedBy: AcknowledgedBy = 'client'
  /** How many reasons there are not to hand it over again: responses in their grace, or a forward under way. */
  withheld = 0
  /** How many responses have carried it. */
  carried = 0
  /** Whether a poll of its client was held when it was taken. */
  wasAwaited = false
  /** When a response with it first left this process: `Clock.now()` milliseconds; null before that. */
  writtenAt: number | null = null
  /** Set by the mailbox that took it. */
  holder: Holder | null = null
  /** Place in the order of arrival at its mailbox. */
  order = 0
  /** Responses that carried it and can still acknowledge it; null until there is one. */
  carriers: Carrier[] | null = null
  #json: string | null = null

  constructor(offer: {
    readonly key: string
    readonly notification: Notification
    readonly source: Source
    readonly receipt: unknown
    readonly deliveryCount: number
    readonly expiresAt: number
    readonly lengthMs: number
    readonly hops?: number
  }) {
    super()
    this.key = offer.key
    this.notification = offer.notification
    this.source = offer.source
    this.receipt = offer.receipt
    this.deliveryCount = offer.deliveryCount
    this.expiresAt = offer.expiresAt
    this.outdatedAt = expiryOf(offer.notification)
    this.lengthMs = offer.lengthMs
    this.hops = offer.hops ?? 0
    this.size = footprint(offer)
  }

  /** Only a notification that was handed over can be acknowledged by its id. */
  get handedOver(): boolean {
    return this.carried > 0
  }

  /** The notification as the contract writes it. Made when it is picked, and kept until `dropJson`. */
  get json(): string {
    this.#json ??= write(this.notification, this.deliveryCount)
    return this.#json
  }

  /** It has been written: the JSON would double the memory of a lease that waits for its acknowledgement. */
  dropJson(): void {
    this.#json = null
  }

  /** Takes over the newer receipt: the source has shown the same notification again, to this instance. */
  renew(shownAgain: Lease): void {
    this.receipt = shownAgain.receipt
    this.expiresAt = shownAgain.expiresAt
    if (this.deliveryCount !== shownAgain.deliveryCount) {
      this.deliveryCount = shownAgain.deliveryCount
      this.#json = null
    }
    for (const carrier of this.carriers ?? []) carrier.leaseShownAgain(this)
  }

  addCarrier(carrier: Carrier): void {
    this.carried += 1
    if (this.carriers === null) this.carriers = [carrier]
    else this.carriers.push(carrier)
  }

  /** The carrier is told of this lease no more. */
  removeCarrier(carrier: Carrier): void {
    this.carriers = this.carriers?.filter((known) => known !== carrier) ?? null
  }

  /** Keeps it from being handed over while it is being sent on. */
  startForward(): void {
    this.holder?.withhold(this)
  }

  /** It was not sent on: it waits here again. */
  forwardFailed(): void {
    this.holder?.takeBack([this])
  }

  /** It was sent on: another queue has the notification, this one may delete it. */
  forwarded(): void {
    this.holder?.settle(this, 'sent-on')
  }

  /** Its notification has expired: the source ends it. */
  endAtSource(): void {
    if (this.source.outdated === undefined) this.source.acknowledge(this)
    else this.source.outdated(this)
  }

  override due(): void {
    this.holder?.expire(this)
  }
}

/**
 * The objects around a lease, with its places in the maps, on the wheel and in the responses that carry it: 600 bytes were
 * measured with one response.
 */
const objectBytes = 800

/** Two bytes a character: the most that a text takes, and twice as much as one without any character past U+00FF. */
function footprint({ key, notification, receipt }: Pick<Lease, 'key' | 'notification' | 'receipt'>): number {
  const { id, addressee, subject, body, contentType, sentAt, correlationId, expiresAt, trace } = notification
  const opaque = typeof receipt === 'string' ? receipt.length : 0
  const texts = [contentType, correlationId, expiresAt, trace]
  const optional = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
  const characters =
    key.length + opaque + id.length + addressee.length + subject.length + body.length + sentAt.length + optional
  return objectBytes + 2 * characters
}

function write(notification: Notification, deliveryCount: number): string {
  const { id, addressee, subject, body, contentType, sentAt, correlationId } = notification
  // A member that is undefined is left out.
  const encoding = notification.encoding ?? undefined
  const expiresAt = notification.expiresAt ?? undefined
  return JSON.stringify({
    ...{ id, addressee, subject, body, encoding, contentType, sentAt, deliveryCount, correlationId, expiresAt },
  })
}
