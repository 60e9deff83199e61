import type { Lease } from '../lease.ts'
import type { Mailboxes } from '../mailboxes.ts'
import { OutageLog } from '../outage-log.ts'
import type { Log } from '../ports.ts'
import { LeftLeases } from './left-leases.ts'
import { UnderWay } from './under-way.ts'
import type { WaysOn } from './ways-on.ts'

/** Counts of notifications from the intake queue, for the metrics to read. */
export interface IntakeCounters {
  /** Notifications that the queue of another instance has confirmed. */
  sentOn: number
  /** Notifications that are safe where they are kept for their addressee: stored, or in the addressee's own queue. */
  kept: number
  /** Tries that failed: to look an addressee up, to send on, or to keep. */
  failed: number
  /** Notifications that were left in the intake queue, which shows them again. */
  left: number
  /**
   * Notifications that this instance has received and neither leased to a client here, nor passed on, nor left yet; the only
   * count that also goes down.
   */
  underWay: number
}

/** Returns the counters, all zero. */
export function intakeCounters(): IntakeCounters {
  return { sentOn: 0, kept: 0, failed: 0, left: 0, underWay: 0 }
}

interface Needs {
  readonly mailboxes: Mailboxes
  readonly waysOn: WaysOn
  /** The queue keeps the order of each addressee's notifications, so they are passed on one after the other. */
  readonly isOrdered: boolean
  readonly counters: IntakeCounters
  readonly log: Log
}

/** A try that failed is repeated after this, and receiving pauses for as long. */
const retryMs = 1_000
/** Notifications on their way at once, after which receiving pauses: two full rounds of eight receives. */
const maxUnderWay = 160

/** The outcome of one try to pass a notification on. */
type Outcome = 'here' | 'passed' | 'outdated' | 'left'

/**
 * Takes the notifications that the intake queue brings, which may be for any client. Those for a client that is here are
 * leased in its mailbox, like those of any other queue. All others are passed on: to the queue of the instance that has the
 * client, or else to where they are kept for it. The intake queue is told to delete a notification only when the client has
 * acknowledged it or it is safe elsewhere. When passing on fails, it is tried again for as long as the lease lasts; then
 * the queue shows the notification again.
 *
 * A lease is either in a mailbox or under way, never both: so nobody is handed what is being sent on.
 */
export class IntakeQueue {
  readonly #needs: Needs
  readonly #underWay: UnderWay
  /** Receiving pauses until then, since the last tries have failed. */
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** The addressee of the last failure; null when something was passed on since, and for none. */
  #failing: string | null = null
  #closing = false
  readonly #outage: OutageLog
  readonly #left: LeftLeases

  constructor(needs: Needs) {
    const { clock, leasedMemory } = needs.mailboxes
    this.#needs = needs
    this.#underWay = new UnderWay({ leasedMemory, maxLeases: maxUnderWay, counters: needs.counters })
    this.#left = new LeftLeases({ clock, leasedMemory, maxLeases: maxUnderWay })
    this.#outage = new OutageLog({
      clock,
      log: needs.log,
      failing: 'notifications from the intake queue cannot be passed on and stay there; it is tried again',
      recovered: 'notifications from the intake queue are passed on again',
    })
  }

  /** Whether receiving has to pause: memory is full, too much is under way, or passing on fails. */
  get full(): boolean {
    const { leasedMemory, clock } = this.#needs.mailboxes
    return leasedMemory.full || this.#underWay.isFull || clock.now() < this.#pausedUntil
  }

  /** Takes a batch of leases; never throws. */
  offer(leases: readonly Lease[]): void {
    const onward: Lease[] = []
    const here: Lease[] = []
    this.#left.prune()
    for (const lease of leases) {
      this.#left.forget(lease.key)
      const underWay = this.#underWay.find(lease.key)
      // The queue has shown it again: the newer receipt is the one that deletes.
      if (underWay !== undefined) underWay.renew(lease)
      else if (this.#needs.mailboxes.endIfOutdated(lease)) continue
      else if (this.#belongsHere(lease)) here.push(lease)
      else onward.push(lease)
    }
    onward.push(...this.#notTaken(here))
    this.#dropPastBound(onward)
    for (const group of this.#groups(onward)) void this.#passOn(group)
  }

  /**
   * Gives back what has been left to the queue, and from now on what cannot be passed on: an instance that stops would hide
   * it for the rest of its lease, while others can do something about it.
   */
  giveBack(): void {
    this.#closing = true
    this.#left.release()
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled()
  }

  /**
   * Whether this instance may hand the client's notifications over itself: the client is here, and they have no order.
   * Earlier ones may be stored, or in the client's own queue, and not be read yet, so those with an order all go that way.
   */
  #mayHandOver(clientId: string): boolean {
    const { isOrdered, mailboxes } = this.#needs
    return !isOrdered && mailboxes.clients.isHere(clientId)
  }

  #belongsHere({ key, notification: { addressee } }: Lease): boolean {
    const { mailboxes } = this.#needs
    return this.#mayHandOver(addressee) || mailboxes.leasesOf(addressee)?.has(key) === true
  }

  /** Offers the leases to the mailboxes of this instance; returns those for which a client has no memory left. */
  #notTaken(leases: readonly Lease[]): Lease[] {
    const { mailboxes } = this.#needs
    const taken = new Set(mailboxes.offer(leases).map(({ key }) => key))
    return leases.filter((lease) => !taken.has(lease.key) && lease.expiresAt > mailboxes.clock.now())
  }

  /**
   * Drops leases for which there is no memory, the last first, so that none overtakes another: the queue shows them again when
   * their time is up. A single lease is always taken, or nothing would ever pass on one that is larger than the memory.
   */
  #dropPastBound(onward: Lease[]): void {
    const { leasedMemory, heldBack } = this.#needs.mailboxes
    let bytes = leasedMemory.bytes
    let taken = 0
    for (const { size } of onward) {
      bytes += size
      if (bytes > leasedMemory.maxBytes && taken + this.#underWay.size > 0) break
      taken += 1
    }
    for (const lease of onward.splice(taken)) heldBack.note(lease)
  }

  /** Returns the leases that have to be passed on one after the other. */
  #groups(leases: readonly Lease[]): Lease[][] {
    if (!this.#needs.isOrdered) return leases.map((lease) => [lease])
    return [...Map.groupBy(leases, ({ notification }) => notification.addressee).values()]
  }

  async #passOn(group: readonly Lease[]): Promise<void> {
    for (const lease of group) this.#underWay.add(lease)
    let isBroken = false
    for (const lease of group) {
      // None overtakes one that is left.
      if (isBroken) this.#leave(lease)
      else isBroken = (await this.#passOneOn(lease)) === 'left'
      this.#underWay.remove(lease)
    }
  }

  async #passOneOn(lease: Lease): Promise<Outcome> {
    const { mailboxes, counters } = this.#needs
    while (mailboxes.deadlines.hasTimeLeft(lease)) {
      try {
        const outcome = await this.#tryOnce(lease)
        this.#failing = null
        this.#outage.worked()
        return outcome === 'left' ? this.#giveUp(lease) : outcome
      } catch (err) {
        counters.failed += 1
        this.#failed(err, lease)
      }
      if (this.#closing) break
      await new Promise<void>((resolve) => mailboxes.clock.after(retryMs, resolve))
    }
    return this.#giveUp(lease)
  }

  async #tryOnce(lease: Lease): Promise<Outcome> {
    const { mailboxes, waysOn, counters } = this.#needs
    const { addressee } = lease.notification
    const peer = this.#mayHandOver(addressee) ? null : await waysOn.find(addressee)
    // The client may have come during the look-up. If it has no memory left, the notification is kept for it.
    if (this.#mayHandOver(addressee) && this.#notTaken([lease]).length === 0) return 'here'
    if (!mailboxes.deadlines.hasTimeLeft(lease)) return 'left'
    // Nor is it tried for longer: a late success would be a copy of what the queue shows again.
    const withinMs = () => Math.max(0, lease.expiresAt - mailboxes.clock.now())
    const isElsewhere = peer !== null && !this.#mayHandOver(addressee)
    if (isElsewhere && (await waysOn.send(peer.queueUrl, lease.notification, lease.hops + 1, withinMs()))) {
      counters.sentOn += 1
    } else {
      // Where it is kept needs no room for the attributes that a message is given on its way.
      if (!(await waysOn.keep(lease.notification, withinMs()))) return 'left'
      counters.kept += 1
    }
    lease.source.acknowledge(lease)
    return 'passed'
  }

  /** Nothing more is tried: a notification that has expired ends, and any other is left. */
  #giveUp(lease: Lease): Outcome {
    if (this.#needs.mailboxes.endIfOutdated(lease)) return 'outdated'
    this.#leave(lease)
    return 'left'
  }

  /** Leaves it to the queue, which shows it again when its lease ends. */
  #leave(lease: Lease): void {
    this.#needs.counters.left += 1
    if (this.#closing) lease.source.release(lease)
    else this.#left.add(lease)
  }

  #failed(err: unknown, { notification: { id, addressee } }: Lease): void {
    this.#outage.failed(err, { notificationId: id, clientId: addressee })
    const now = this.#needs.mailboxes.clock.now()
    const isOutage = this.#failing !== null && this.#failing !== addressee
    // After a pause receiving goes on for as long: clients that are here get what is for them during an outage too.
    if (isOutage && now >= this.#pausedUntil + retryMs) this.#pausedUntil = now + retryMs
    this.#failing = addressee
  }
}
