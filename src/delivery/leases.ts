import { Handover } from './handover.ts'
import type { Holder, Lease, LeaseEnd } from './lease.ts'
import type { Mailbox } from './mailbox.ts'
import type { AckMode } from './poll.ts'
import type { Trail } from './trail.ts'
import { Trails } from './trails.ts'

/** Characters of JSON after which an answer takes no further notification; the rest is said by `more`. */
const maxAnswerLength = 1_048_576
/** Responses of one client whose cursors are remembered; a client that never acknowledges must not fill memory. */
const maxHandovers = 64

/**
 * The unsettled leases of one client, and the responses that carried them.
 *
 * A lease waits (any poll may get it), or is withheld (a response in its grace carries it, or it is being sent on). It
 * is here exactly as long as it has not ended, and it ends in `settle` alone.
 */
export class Leases implements Holder {
  readonly #mailbox: Mailbox
  readonly #all = new Map<string, Lease>()
  /** Those that nobody withholds, in order of arrival. */
  #waiting = new Map<string, Lease>()
  readonly #handovers = new Map<number, Handover>()
  /** Made with the first event, since most clients have no stream. */
  #trails: Trails | null = null
  /** A stream has as many unacknowledged events as it may, and is to go on when there are fewer. */
  stalled = false
  #bytes = 0
  #dispatcher = 0

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox
  }

  get size(): number {
    return this.#all.size
  }

  /** Memory they count for. */
  get bytes(): number {
    return this.#bytes
  }

  get waiting(): number {
    return this.#waiting.size
  }

  has(key: string): boolean {
    return this.#all.has(key)
  }

  /** A copy: what is done with one may end others. */
  list(): Lease[] {
    return [...this.#all.values()]
  }

  /** Takes the lease, or the newer receipt of one that is here; answers the one that is held from now on. */
  add(lease: Lease): Lease {
    const { deadlines, leasedMemory } = this.#mailbox.mailboxes
    const known = this.#all.get(lease.key)
    if (known) {
      known.renew(lease)
      for (const { trail } of known.handovers ?? []) trail?.shownAgain(known)
      deadlines.wheel.put(known, known.expiresAt)
      return known
    }
    lease.holder = this
    lease.order = this.#dispatcher
    this.#dispatcher += 1
    this.#all.set(lease.key, lease)
    this.#waiting.set(lease.key, lease)
    this.#bytes += lease.size
    leasedMemory.take(lease.size)
    deadlines.wheel.put(lease, lease.expiresAt)
    return lease
  }

  /** What one answer takes: the oldest that wait, as far as its limit and its length allow. */
  pick(limit: number): Lease[] {
    const { mailboxes } = this.#mailbox
    const picked: Lease[] = []
    const now = mailboxes.clock.now()
    let characters = 0
    for (const lease of this.#waiting.values()) {
      if (!mailboxes.deadlines.hasTimeLeft(lease, now)) continue
      characters += lease.json.length
      if (picked.length > 0 && characters > maxAnswerLength) break
      picked.push(lease)
      if (picked.length === limit) break
    }
    return picked
  }

  /** What a stream takes: all that wait and that it does not have, as far as its unacknowledged events allow. */
  pickFor(trail: Trail): Lease[] {
    const { mailboxes } = this.#mailbox
    const picked: Lease[] = []
    const now = mailboxes.clock.now()
    const { room } = trail
    for (const lease of this.#waiting.values()) {
      if (trail.has(lease) || !mailboxes.deadlines.hasTimeLeft(lease, now)) continue
      if (picked.length >= room) {
        this.stalled = true
        break
      }
      picked.push(lease)
    }
    return picked
  }

  /** Whether others wait beside these that a poll would get now. */
  hasMoreThan(picked: readonly Lease[]): boolean {
    const { mailboxes } = this.#mailbox
    const now = mailboxes.clock.now()
    for (const lease of this.#waiting.values()) {
      if (!picked.includes(lease) && mailboxes.deadlines.hasTimeLeft(lease, now)) return true
    }
    return false
  }

  handOver(leases: readonly Lease[], ack: AckMode): Handover {
    const handover = new Handover(this.#mailbox, leases, ack)
    this.#handovers.set(handover.number, handover)
    if (this.#handovers.size > maxHandovers) this.#forgetOldestHandover()
    for (const lease of leases) this.#carry(lease, handover)
    return handover
  }

  /** Makes the lease the next event of a stream. */
  handOverTo(trail: Trail, lease: Lease): Handover {
    const handover = new Handover(this.#mailbox, [lease], trail.ack, trail)
    this.#trails ??= new Trails()
    this.#trails.add(trail, handover)
    this.#carry(lease, handover)
    return handover
  }

  #carry(lease: Lease, handover: Handover): void {
    lease.carried += 1
    if (lease.handovers === null) lease.handovers = [handover]
    else lease.handovers.push(handover)
    if (handover.ack === 'auto') this.withhold(lease)
  }

  /** The stream has ended; its cursors are good until all it was handed is settled, or too many others have ended. */
  endTrail(trail: Trail): void {
    for (const handover of this.#trails?.end(trail) ?? []) unlink(handover)
  }

  /** Only its cursor is forgotten; a response in its grace keeps running on the wheel. */
  #forgetOldestHandover(): void {
    const [oldest] = this.#handovers.values()
    if (!oldest) return
    this.#handovers.delete(oldest.number)
    unlink(oldest)
  }

  /** Keeps the lease from being handed over until `takeBack`, or until it ends. */
  withhold(lease: Lease): void {
    lease.withheld += 1
    this.#waiting.delete(lease.key)
  }

  /** Undoes `withhold`: those that nobody else withholds wait again, in their old order. */
  takeBack(leases: readonly Lease[]): void {
    for (const lease of leases) {
      lease.withheld -= 1
      if (lease.withheld === 0 && lease.end === null) this.#waiting.set(lease.key, lease)
    }
    if (this.#waiting.size > 1) {
      this.#waiting = new Map([...this.#waiting].sort(([, a], [, b]) => a.order - b.order))
    }
  }

  /** The one place where a lease ends. Answers whether this call ended it. */
  settle(lease: Lease, end: LeaseEnd): boolean {
    if (lease.end !== null || lease.holder !== this) return false
    const { deadlines, leasedMemory } = this.#mailbox.mailboxes
    lease.end = end
    deadlines.wheel.remove(lease)
    this.#all.delete(lease.key)
    this.#waiting.delete(lease.key)
    this.#bytes -= lease.size
    leasedMemory.free(lease.size)
    for (const handover of lease.handovers ?? []) {
      handover.outstanding -= 1
      if (handover.outstanding > 0) continue
      if (handover.trail === null) this.#handovers.delete(handover.number)
      else this.#trails?.remove(handover.trail, handover)
      handover.ended()
    }
    if (end === 'acknowledged') lease.source.acknowledge(lease)
    if (end === 'released') lease.source.release(lease)
    this.#mailbox.mailboxes.dropIfEmpty(this.#mailbox)
    return true
  }

  expire(lease: Lease): void {
    this.settle(lease, 'expired')
    this.#mailbox.catchUp()
  }

  /** Acknowledges exactly what the response with this number held and is still leased; answers how many. */
  acknowledgeNumber(number: number): number {
    let acknowledged = 0
    for (const lease of this.#handovers.get(number)?.leases ?? []) {
      if (this.settle(lease, 'acknowledged')) acknowledged += 1
    }
    return acknowledged
  }

  /** Acknowledges what the stream with this number was handed up to this event; answers how many. */
  acknowledgeEvent(number: number, event: number): number {
    let acknowledged = 0
    for (const { leases } of this.#trails?.upTo(number, event) ?? []) {
      for (const lease of leases) if (this.settle(lease, 'acknowledged')) acknowledged += 1
    }
    return acknowledged
  }

  /** Acknowledges what is in the grace of a response: its client has shown elsewhere that it is well. */
  acknowledgeGraces(): void {
    for (const { ack, state, leases } of [...this.#handovers.values(), ...(this.#trails?.list() ?? [])]) {
      if (ack !== 'auto' || state !== 'written') continue
      for (const lease of leases) this.settle(lease, 'acknowledged')
    }
  }

  /** Acknowledges by notification id what has been handed over; answers the ids that named nothing. */
  acknowledgeIds(ids: ReadonlySet<string>): { acknowledged: number; unknown: string[] } {
    const found = new Set<string>()
    let acknowledged = 0
    for (const lease of this.list()) {
      const { id } = lease.notification
      if (!lease.handedOver || !ids.has(id)) continue
      if (this.settle(lease, 'acknowledged')) acknowledged += 1
      found.add(id)
    }
    return { acknowledged, unknown: [...ids].filter((id) => !found.has(id)) }
  }
}

/** Its leases do not tell it of their end any more. */
function unlink(handover: Handover): void {
  for (const lease of handover.leases) lease.handovers = lease.handovers?.filter((one) => one !== handover) ?? null
}
