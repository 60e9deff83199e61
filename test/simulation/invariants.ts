/**
 * The invariants of `src/delivery/README.md`, by number, and what became of every notification. The simulation tells
 * the ledger what happens; the ledger says when something happens that must not.
 */
import type { Lease } from '../../src/delivery/lease.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import { graceMs, maxReceiveCount, visibilityMs } from './bounds.ts'
import { type Carriage, Fate, isEarly, nameOf } from './fate.ts'
import type { Message } from './message.ts'
import { ReceiptBook, type Told } from './receipt-book.ts'

/** In the order and with the numbers of the README. */
export const invariants = {
  1: 'every accepted notification is delivered, pending, in its queue or in its dead-letter queue',
  2: 'nobody but its addressee gets a notification',
  3: 'nothing is deleted before its acknowledgement',
  4: 'one copy without faults; otherwise no more than lost responses, ended leases and unclear forwards explain',
  5: 'the dead-letter queue is reached only for cause',
  6: 'only what is leased is handed over, and what is in its grace is given to nobody else',
  7: 'a client with a held poll is recorded where it was recorded last',
  8: 'after everyone has left, nothing is left behind',
  9: 'a notification that has expired is never handed over; it is counted, and gone',
  10: 'a receipt says what has happened, once, and none is missing',
} as const

export type InvariantNumber = keyof typeof invariants

export interface Violation {
  readonly invariant: InvariantNumber
  readonly what: string
}

/** How a run ended for the notifications that were not delivered. */
export interface Books {
  deadLetters: number
  /** `ack=auto`, and the connection failed where nobody could see it in time. */
  lostUnseen: number
  /** `ack=auto`, and the client polled elsewhere before the failure was seen. */
  lostByMove: number
  /** Nobody came in time, and they were deleted. */
  expired: number
  /** Senders that were told of the end by an event. */
  told: number
}

export class Ledger {
  readonly violations: Violation[] = []
  readonly #fates = new Map<string, Fate>()
  readonly #now: () => number
  /** Simulations in which nothing goes wrong are held to more. */
  faultless = true
  /** All that senders are told. */
  readonly receipts: ReceiptBook

  constructor(now: () => number, { isStored }: { readonly isStored: boolean }) {
    this.#now = now
    this.receipts = new ReceiptBook({
      now,
      isStored,
      fateOf: (notification) => this.#of(notification),
      violate: (what) => this.violate(10, what),
    })
  }

  violate(invariant: InvariantNumber, what: string): void {
    this.violations.push({ invariant, what: `${what} (at ${Math.round(this.#now())} ms)` })
  }

  #of(notification: Notification): Fate {
    const fate = this.#fates.get(nameOf(notification))
    if (!fate) throw new Error(`nobody has accepted ${nameOf(notification)}`)
    return fate
  }

  accepted(notification: Notification): void {
    this.#fates.set(nameOf(notification), new Fate(notification, this.#now()))
  }

  isAccepted(notification: Notification): boolean {
    return this.#fates.has(nameOf(notification))
  }

  get size(): number {
    return this.#fates.size
  }

  /** A reason why a client may get one copy more; of one device, or of all. */
  cause(notification: Notification, what: string, device = 'all'): void {
    const { causes } = this.#of(notification)
    const known = causes.get(device)
    if (known) known.push(what)
    else causes.set(device, [what])
  }

  // ── acts of instances ──

  handedOver(given: Pick<Carriage, 'instance' | 'lease' | 'ack' | 'wire'> & { readonly leased: boolean }): Carriage {
    const { instance, lease, leased } = given
    const { notification } = lease
    const name = nameOf(notification)
    const fate = this.#of(notification)
    if (this.#now() >= fate.expiresAt) this.violate(9, `${instance} handed ${name} over after it had expired`)
    if (!leased) this.violate(6, `${instance} handed ${name} over to ${notification.addressee} without a lease on it`)
    for (const other of fate.carriages) {
      // Several polls that are held at once get it together.
      if (!this.#inGrace(other) || other.lease !== lease || other.handedOverAt === this.#now()) continue
      this.violate(6, `${instance} handed ${name} over while another response is in its grace`)
    }
    // A row is not shown: reading it again is all there is to a new lease. An instance that has acknowledged the row knows
    // better; one that has acknowledged a message with the same notification does not know of the row.
    if (lease.source.shared && fate.carriages.length > 0 && fate.carriages.every((other) => other.lease !== lease)) {
      if (!fate.rowAcknowledgedBy.has(instance)) this.cause(notification, 'read again')
    }
    const failedAt = Number.POSITIVE_INFINITY
    const carriage = { ...given, handedOverAt: this.#now(), writtenAt: null, failedAt, failureSeen: false }
    fate.carriages.push(carriage)
    return carriage
  }

  /** In its grace, and its lease has not ended. */
  #inGrace(carriage: Carriage): boolean {
    return carriage.lease.end === null && isEarly(carriage, this.#now())
  }

  sentOn(instance: string, notification: Notification): void {
    const fate = this.#of(notification)
    fate.sentOnBy.set(instance, (fate.sentOnBy.get(instance) ?? 0) + 1)
    // The client's word for the one may be on its way here while the other leaves.
    if (fate.carriages.some((one) => one.instance === instance)) {
      this.cause(notification, 'sent on after it was handed over')
    }
    // Where there is a second message of it already, that may be the one that is sent on.
    const isAlone = !fate.causes.has('all')
    if (isAlone && fate.carriages.some((one) => one.instance === instance && this.#inGrace(one))) {
      this.violate(6, `${instance} sent ${nameOf(notification)} on while a response with it is in its grace`)
    }
  }

  /** The instance was about to store it and found it stored, by another instance or earlier: its own copy may go. */
  foundStored(instance: string, notification: Notification): void {
    const { sentOnBy } = this.#of(notification)
    sentOnBy.set(instance, (sentOnBy.get(instance) ?? 0) + 1)
  }

  /**
   * The instance tells the source to delete. It may for a client's word, for a notification that has expired, for a copy that it has sent on, for a grace that
   * passed without a failure and with a connection that takes what is written, and for one whose failure it has not seen when the client is heard of elsewhere.
   */
  acknowledged(instance: string, { notification, source }: Lease, hearsOf: string | null): void {
    const fate = this.#of(notification)
    const isAcknowledged = () => fate.acknowledgedByClient || fate.acknowledgedByGrace || fate.acknowledgedByMove
    const note = () => {
      if (source.shared) fate.rowAcknowledgedBy.add(instance)
    }
    const now = this.#now()
    const isElsewhere = hearsOf === notification.addressee
    for (const { instance: by, ack, writtenAt, failedAt, failureSeen, wire } of fate.carriages) {
      if (by !== instance || ack !== 'auto' || writtenAt === null) continue
      if (isElsewhere && !failureSeen) fate.acknowledgedByMove = true
      const graceEndsAt = writtenAt + graceMs
      if (now >= graceEndsAt && failedAt > graceEndsAt && !wire.stuck) fate.acknowledgedByGrace = true
    }
    if (isAcknowledged()) {
      fate.acknowledgedAt = Math.min(fate.acknowledgedAt, now)
      return note()
    }
    // It is deleted where it came from, and goes on elsewhere: perhaps as a row, which this instance may still read again.
    const sentOn = fate.sentOnBy.get(instance) ?? 0
    if (sentOn === 0 && now >= fate.expiresAt) {
      fate.endedByExpiry = true
      return
    }
    fate.sentOnBy.set(instance, sentOn - 1)
    if (sentOn === 0) {
      this.violate(3, `${instance} acknowledged ${nameOf(notification)}, and nobody had said so`)
    }
  }

  /** The instance counts it as expired. */
  countedExpired(instance: string, notification: Notification): void {
    const fate = this.#of(notification)
    fate.countedExpired += 1
    if (this.#now() < fate.expiresAt)
      this.violate(9, `${instance} counted ${nameOf(notification)} as expired too early`)
  }

  /** A row was removed, and counted, because it had expired. */
  purged(notification: Notification): void {
    const fate = this.#of(notification)
    fate.endedByExpiry = true
    fate.countedExpired += 1
  }

  /** The instance gives it back, and may: since it stops, or since its client has left and only the queue can follow. */
  released(instance: string, lease: Lease, may: boolean): void {
    const { notification } = lease
    const name = nameOf(notification)
    if (!may) this.violate(5, `${instance} gave ${name} back although it goes on: this is how dead letters are made`)
    if (this.#of(notification).carriages.some((one) => one.lease === lease && isEarly(one, this.#now()))) {
      this.violate(6, `${instance} gave ${name} back while a response with it is in its grace`)
    }
  }

  // ── acts of the queue ──

  /** Shown again: the lease before has ended. */
  shownAgain(notification: Notification): void {
    this.cause(notification, 'shown again')
  }

  /** Shown to two at once: neither can know that its lease is not one. */
  shownTwice(notification: Notification): void {
    this.#of(notification).shownTwice = true
  }

  isShownTwice(notification: Notification): boolean {
    return this.#of(notification).shownTwice
  }

  deleted(notification: Notification): void {
    const { acknowledgedByClient, acknowledgedByGrace, acknowledgedByMove, sentOnBy, deadLettered, endedByExpiry } =
      this.#of(notification)
    if (
      endedByExpiry ||
      deadLettered ||
      acknowledgedByClient ||
      acknowledgedByGrace ||
      acknowledgedByMove ||
      sentOnBy.size > 0
    )
      return
    this.violate(3, `${nameOf(notification)} was deleted, and nobody had acknowledged it`)
  }

  deadLettered({ notification, shows }: Message): void {
    this.#of(notification).deadLettered = true
    if (shows < maxReceiveCount) {
      this.violate(5, `${nameOf(notification)} is a dead letter after ${shows} receives`)
    }
  }

  /** Moved to the dead-letter queue by an instance, which may do that with what is no notification there. */
  putAside(notification: Notification, may: boolean): void {
    this.#of(notification).deadLettered = true
    if (!may)
      this.violate(5, `${nameOf(notification)} was put into the dead-letter queue although nothing is wrong with it`)
  }

  /** Nobody can get it for the rest of its visibility timeout, and it is a step nearer to the dead-letter queue. */
  hidden(notification: Notification, why: string): void {
    this.violate(5, `${nameOf(notification)} is hidden for nothing: ${why}`)
  }

  // ── acts of clients ──

  received(clientId: string, device: string, notification: Notification): void {
    const fate = this.#of(notification)
    const name = nameOf(notification)
    if (fate.notification.addressee !== clientId) this.violate(2, `${clientId} got ${name}`)
    const copies = (fate.copies.get(device) ?? 0) + 1
    fate.copies.set(device, copies)
    const causes = [...(fate.causes.get('all') ?? []), ...(fate.causes.get(device) ?? [])]
    if (copies > 1 + causes.length) {
      this.violate(4, `${device} got ${copies} copies of ${name}, explained are ${causes.join(', ') || 'none'}`)
    }
  }

  /** The client has sent its word that it has this. */
  clientAcknowledges(notification: Notification): void {
    this.#of(notification).acknowledgedByClient = true
  }

  // ── at the end ──

  /**
   * Everything has to be somewhere. With `ack=auto` there are two honest limits, and both are counted: what was
   * acknowledged by its grace and never arrived, since the failure reached this host after the grace or never; and what
   * was in its grace when its client polled elsewhere, which is taken for its word. With `ack=next` neither can happen.
   */
  closeBooks(
    waiting: Iterable<Notification>,
    {
      awaitedSince,
      receiptOf,
    }: {
      readonly awaitedSince: (clientId: string) => number
      readonly receiptOf: (notification: Notification) => Told | null
    },
  ): Books {
    const books: Books = { deadLetters: 0, lostUnseen: 0, lostByMove: 0, expired: 0, told: 0 }
    const queued = new Set(Array.from(waiting, nameOf))
    for (const [id, fate] of this.#fates) {
      const { addressee } = fate.notification
      if (fate.deadLettered) books.deadLetters += 1
      if (fate.events > 0) books.told += 1
      if (fate.endedByExpiry && fate.countedExpired === 0) this.violate(9, `${id} has expired, and nobody counted it`)
      if (queued.has(id)) {
        // A row that nobody awaits stays until it expires.
        if (Number.isFinite(awaitedSince(addressee))) this.violate(1, `${id} for ${addressee} is still waiting`)
      } else if (!fate.delivered && !fate.deadLettered) {
        if (fate.endedByExpiry) books.expired += 1
        else if (fate.acknowledgedByGrace) books.lostUnseen += 1
        else if (fate.acknowledgedByMove) books.lostByMove += 1
        else this.violate(1, `${id} for ${addressee} is lost`)
      }
      if (!queued.has(id)) this.receipts.close(fate, receiptOf)
      if (this.faultless) this.#checkFaultless(fate, awaitedSince(addressee))
    }
    if (this.faultless && books.lostUnseen + books.lostByMove > 0) this.violate(1, 'lost although nothing went wrong')
    return books
  }

  #checkFaultless({ notification, acceptedAt, deadLettered, copies }: Fate, awaitedSince: number): void {
    const id = nameOf(notification)
    // A client that comes when it has been shown nearly as often as it may be, comes too late.
    const isLate = awaitedSince > acceptedAt + (maxReceiveCount - 2) * visibilityMs
    if (deadLettered && !isLate) this.violate(5, `${id} is a dead letter without a cause`)
    for (const [device, count] of copies) if (count > 1) this.violate(4, `${device} got ${count} copies of ${id}`)
  }
}
