/**
 * The invariants of `src/delivery/README.md`, by number, and what became of every notification. The simulation tells
 * the ledger what happens; the ledger says when something happens that must not.
 */
import type { Lease } from '../../src/delivery/lease.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import { graceMs, maxReceiveCount } from './bounds.ts'
import type { Message } from './fake-queue.ts'
import { type Carriage, Fate, isEarly } from './fate.ts'

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
}

export class Ledger {
  readonly violations: Violation[] = []
  readonly #fates = new Map<string, Fate>()
  readonly #now: () => number
  /** Simulations in which nothing goes wrong are held to more. */
  faultless = true

  constructor(now: () => number) {
    this.#now = now
  }

  violate(invariant: InvariantNumber, what: string): void {
    this.violations.push({ invariant, what: `${what} (at ${Math.round(this.#now())} ms)` })
  }

  #of(id: string): Fate {
    const fate = this.#fates.get(id)
    if (!fate) throw new Error(`nobody has accepted ${id}`)
    return fate
  }

  accepted(notification: Notification): void {
    this.#fates.set(notification.id, new Fate(notification))
  }

  get size(): number {
    return this.#fates.size
  }

  /** A reason why a client may get one copy more; of one device, or of all. */
  cause(id: string, what: string, device = 'all'): void {
    const { causes } = this.#of(id)
    const known = causes.get(device)
    if (known) known.push(what)
    else causes.set(device, [what])
  }

  // ── what instances do ──

  handedOver(instance: string, lease: Lease, ack: 'auto' | 'next', leased: boolean): Carriage {
    const { id, addressee } = lease.notification
    const fate = this.#of(id)
    if (!leased) this.violate(6, `${instance} handed ${id} over to ${addressee} without a lease on it`)
    for (const other of fate.carriages) {
      // Several polls that are held at once get it together.
      if (!this.#inGrace(other) || other.lease !== lease || other.handedOverAt === this.#now()) continue
      this.violate(6, `${instance} handed ${id} over while another response is in its grace`)
    }
    // A row is not shown: reading it again is all there is to a new lease. Who has acknowledged it knows better.
    if (lease.source.shared && fate.carriages.length > 0 && fate.carriages.every((other) => other.lease !== lease)) {
      if (!fate.acknowledgedBy.has(instance)) this.cause(id, 'read again')
    }
    const failedAt = Number.POSITIVE_INFINITY
    const carriage: Carriage = {
      instance,
      ack,
      lease,
      handedOverAt: this.#now(),
      writtenAt: null,
      failedAt,
      failureSeen: false,
    }
    fate.carriages.push(carriage)
    return carriage
  }

  /** In its grace, and its lease has not ended. */
  #inGrace(carriage: Carriage): boolean {
    return carriage.lease.end === null && isEarly(carriage, this.#now())
  }

  sentOn(instance: string, id: string): void {
    const fate = this.#of(id)
    fate.sentOnBy.set(instance, (fate.sentOnBy.get(instance) ?? 0) + 1)
    // The client's word for the one may be on its way here while the other leaves.
    if (fate.carriages.some((one) => one.instance === instance)) this.cause(id, 'sent on after it was handed over')
    if (fate.carriages.some((one) => one.instance === instance && this.#inGrace(one))) {
      this.violate(6, `${instance} sent ${id} on while a response with it is in its grace`)
    }
  }

  /**
   * The instance tells the source to delete. It may for a client's word, for a copy that it has sent on, for a grace that
   * passed without a failure, and for one whose failure it has not seen when the client is heard of elsewhere.
   */
  acknowledged(instance: string, id: string, hearsOf: string | null): void {
    const fate = this.#of(id)
    fate.acknowledgedBy.add(instance)
    if (fate.acknowledgedByClient || fate.acknowledgedByGrace || fate.acknowledgedByMove) return
    const now = this.#now()
    const isElsewhere = hearsOf === fate.notification.addressee
    for (const { instance: by, ack, writtenAt, failedAt, failureSeen } of fate.carriages) {
      if (by !== instance || ack !== 'auto' || writtenAt === null) continue
      if (isElsewhere && !failureSeen) fate.acknowledgedByMove = true
      const graceEndsAt = writtenAt + graceMs
      if (now >= graceEndsAt && failedAt > graceEndsAt) fate.acknowledgedByGrace = true
    }
    if (fate.acknowledgedByGrace || fate.acknowledgedByMove) return
    const sentOn = fate.sentOnBy.get(instance) ?? 0
    fate.sentOnBy.set(instance, sentOn - 1)
    if (sentOn === 0) this.violate(3, `${instance} acknowledged ${id}, and nobody had said so`)
  }

  released(instance: string, lease: Lease, stopping: boolean): void {
    const { id } = lease.notification
    if (!stopping) this.violate(5, `${instance} gave ${id} back although it goes on: this is how dead letters are made`)
    if (this.#of(id).carriages.some((one) => one.lease === lease && isEarly(one, this.#now()))) {
      this.violate(6, `${instance} gave ${id} back while a response with it is in its grace`)
    }
  }

  // ── what the queue does ──

  /** Shown again: the lease before has ended. */
  shownAgain(id: string): void {
    this.cause(id, 'shown again')
  }

  /** Shown to two at once: neither can know that its lease is not one. */
  shownTwice(id: string): void {
    this.#of(id).shownTwice = true
  }

  isShownTwice(id: string): boolean {
    return this.#of(id).shownTwice
  }

  deleted({ id }: Notification): void {
    const { acknowledgedByClient, acknowledgedByGrace, acknowledgedByMove, sentOnBy } = this.#of(id)
    if (acknowledgedByClient || acknowledgedByGrace || acknowledgedByMove || sentOnBy.size > 0) return
    this.violate(3, `${id} was deleted, and nobody had acknowledged it`)
  }

  deadLettered({ notification, shows }: Message): void {
    const fate = this.#of(notification.id)
    fate.deadLettered = true
    if (shows < maxReceiveCount) this.violate(5, `${notification.id} is a dead letter after ${shows} receives`)
  }

  // ── what clients do ──

  received(clientId: string, device: string, id: string): void {
    const fate = this.#of(id)
    if (fate.notification.addressee !== clientId) this.violate(2, `${clientId} got ${id}`)
    const copies = (fate.copies.get(device) ?? 0) + 1
    fate.copies.set(device, copies)
    const causes = [...(fate.causes.get('all') ?? []), ...(fate.causes.get(device) ?? [])]
    if (copies > 1 + causes.length) {
      this.violate(4, `${device} got ${copies} copies of ${id}, explained are ${causes.join(', ') || 'none'}`)
    }
  }

  /** The client has sent its word that it has this. */
  clientAcknowledges(id: string): void {
    this.#of(id).acknowledgedByClient = true
  }

  // ── at the end ──

  /**
   * Everything has to be somewhere. With `ack=auto` there are two honest limits, and both are counted: what was
   * acknowledged by its grace and never arrived, since the failure reached this host after the grace or never; and what
   * was in its grace when its client polled elsewhere, which is taken for its word. With `ack=next` neither can happen.
   */
  closeBooks(queued: ReadonlySet<string>, isAwaited: (clientId: string) => boolean): Books {
    const books: Books = { deadLetters: 0, lostUnseen: 0, lostByMove: 0 }
    for (const [id, fate] of this.#fates) {
      const { addressee } = fate.notification
      if (fate.deadLettered) books.deadLetters += 1
      if (queued.has(id)) {
        // A row that nobody awaits stays until it expires.
        if (isAwaited(addressee)) this.violate(1, `${id} for ${addressee} is still waiting`)
      } else if (!fate.delivered && !fate.deadLettered) {
        if (fate.acknowledgedByGrace) books.lostUnseen += 1
        else if (fate.acknowledgedByMove) books.lostByMove += 1
        else this.violate(1, `${id} for ${addressee} is lost`)
      }
      if (this.faultless) this.#checkFaultless(fate, isAwaited(addressee))
    }
    if (this.faultless && books.lostUnseen + books.lostByMove > 0) this.violate(1, 'lost although nothing went wrong')
    return books
  }

  #checkFaultless({ notification: { id }, deadLettered, copies }: Fate, isAwaited: boolean): void {
    if (deadLettered && isAwaited) this.violate(5, `${id} is a dead letter without a cause`)
    for (const [device, count] of copies) if (count > 1) this.violate(4, `${device} got ${count} copies of ${id}`)
  }
}
