import type { Handover } from './handover.ts'
import type { Notification } from './notification.ts'
import type { Source } from './ports.ts'
import { Slot } from './wheel.ts'

export type LeaseEnd = 'acknowledged' | 'released' | 'expired'

/** Whoever holds leases, and is told when one is over. */
export interface Holder {
  expire(lease: Lease): void
}

/**
 * A notification that this instance holds for its addressee and has not settled.
 *
 * States: `end` is null while it is held, and then, once and for ever, acknowledged, released or expired. While it is
 * held nobody else is shown it by its source; when it has ended its source alone decides.
 */
export class Lease extends Slot {
  /** What the source calls it: the same key again is the same notification shown again, with a newer receipt. */
  readonly key: string
  readonly notification: Notification
  readonly source: Source
  /** The source's handle for acknowledging and releasing; opaque here. */
  receipt: unknown
  /** How often its source has shown it, this time included. */
  deliveryCount: number
  /** When the source shows it to others again: `Clock.now()` milliseconds. */
  expiresAt: number
  /** How long such a lease lasts from its beginning, in milliseconds: SQS's visibility timeout. */
  readonly lengthMs: number
  /** How many instances have sent it on already. */
  readonly hops: number
  /** Bytes it counts for against the bound on leased memory. */
  readonly size: number
  end: LeaseEnd | null = null
  /** Who must not be overtaken: responses in their grace that carry it, or a hand-over to another instance. */
  withheld = 0
  /** How many responses have carried it. */
  carried = 0
  /** Set by the mailbox that took it. */
  holder: Holder | null = null
  /** Place in the order of arrival at its mailbox. */
  order = 0
  /** Responses that carried it and can still acknowledge it; null until there is one. */
  handovers: Handover[] | null = null
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
    this.lengthMs = offer.lengthMs
    this.hops = offer.hops ?? 0
    this.size = footprint(offer.notification)
  }

  /** Only what was handed over can be acknowledged by its id. */
  get handedOver(): boolean {
    return this.carried > 0
  }

  /** The notification as the contract writes it; made once, however many polls and retries carry it. */
  get json(): string {
    this.#json ??= write(this.notification, this.deliveryCount)
    return this.#json
  }

  /** The source has shown it again, to us: the newer receipt is the one that counts. */
  renew(shownAgain: Lease): void {
    this.receipt = shownAgain.receipt
    this.expiresAt = shownAgain.expiresAt
    if (this.deliveryCount !== shownAgain.deliveryCount) {
      this.deliveryCount = shownAgain.deliveryCount
      this.#json = null
    }
  }

  override due(): void {
    this.holder?.expire(this)
  }
}

/** Text and JSON at two bytes a character each, plus some 600 bytes for the objects around them. */
function footprint({ id, addressee, subject, body }: Notification): number {
  return 600 + 4 * (id.length + addressee.length + subject.length + body.length)
}

function write(notification: Notification, deliveryCount: number): string {
  const { id, addressee, subject, body, encoding, contentType, sentAt, correlationId } = notification
  return JSON.stringify({
    id,
    addressee,
    subject,
    body,
    ...(encoding === null ? {} : { encoding }),
    contentType,
    sentAt,
    deliveryCount,
    correlationId,
  })
}
