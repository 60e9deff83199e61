import type { Deadlines } from './deadlines.ts'
import type { Holder, Lease, LeaseEnd } from './lease.ts'
import { type LeasedMemory, LeasedShare } from './leased-memory.ts'
import type { Observer } from './observer.ts'
import type { Trail } from './trail.ts'

/** Characters of JSON after which an answer takes no further notification; `more` tells of the rest. */
const maxAnswerLength = 1_048_576

/** A mailbox with leases takes this much beside them: 930 bytes were measured. */
const mailboxBytes = 1_000

/** The owner of a client's leases. */
export interface LeasesOwner {
  readonly deadlines: Deadlines
  readonly observer: Observer
  /** Whether a poll of the client is held. */
  readonly isAwaiting: boolean
  readonly leasedMemory: LeasedMemory
  /** Leases wait again: hands them to the polls that are held. */
  deliver(): void
  /** A lease has ended, and may have been the last thing that its mailbox was kept for. */
  leaseEnded(): void
}

/**
 * The unsettled leases of one client.
 *
 * A lease waits (any poll may get it), or is withheld (a response in its grace carries it, or it is being sent on). It
 * is here exactly as long as it has not ended, and it ends in `settle` alone.
 */
export class Leases implements Holder {
  readonly #deadlines: Deadlines
  readonly #owner: LeasesOwner
  readonly #all = new Map<string, Lease>()
  /** Those that nobody withholds, in order of arrival. */
  #waiting = new Map<string, Lease>()
  /** A stream has as many unacknowledged events as it may, and goes on when there are fewer. */
  #stalled = false
  #arrived = 0

  readonly share: LeasedShare

  constructor(owner: LeasesOwner) {
    this.#owner = owner
    this.#deadlines = owner.deadlines
    this.share = new LeasedShare(owner.leasedMemory)
  }

  get size(): number {
    return this.#all.size
  }

  get waiting(): number {
    return this.#waiting.size
  }

  has(key: string): boolean {
    return this.#all.has(key)
  }

  /** Returns a copy: settling one lease may end others. */
  list(): Lease[] {
    return [...this.#all.values()]
  }

  /**
   * Takes the lease, or the newer receipt of one that is here, which takes no more memory. Returns the lease that is held
   * from now on, or null when the client holds as much memory as it may.
   */
  add(lease: Lease): Lease | null {
    const known = this.#all.get(lease.key)
    if (known) {
      known.renew(lease)
      this.#deadlines.expire(known)
      return known
    }
    if (!this.share.admits(this.#counted(lease))) return null
    this.share.take(this.#counted(lease))
    lease.holder = this
    lease.order = this.#arrived
    lease.wasAwaited = this.#owner.isAwaiting
    this.#arrived += 1
    this.#all.set(lease.key, lease)
    this.#waiting.set(lease.key, lease)
    this.#deadlines.expire(lease)
    this.#owner.observer.leased(lease)
    return lease
  }

  /** Bytes that the lease counts for, with those of its mailbox when it is the only one. */
  #counted(lease: Lease): number {
    return this.#all.size === 0 ? mailboxBytes + lease.size : lease.size
  }

  /** Whether the client, which is nowhere else, may keep this lease. */
  mayKeep(lease: Lease): boolean {
    return this.share.keeps(this.#all.size === 1 ? mailboxBytes + lease.size : lease.size)
  }

  /** Picks the leases for one answer: the oldest that wait, as far as its limit and its length allow. */
  pick(limit: number): Lease[] {
    const picked: Lease[] = []
    let characters = 0
    for (const lease of this.#waiting.values()) {
      if (!this.#deadlines.hasTimeLeft(lease)) continue
      characters += lease.json.length
      if (picked.length > 0 && characters > maxAnswerLength) {
        lease.dropJson()
        break
      }
      picked.push(lease)
      if (picked.length === limit) break
    }
    return picked
  }

  /** Picks the leases for a stream: all that wait and that it does not have, as far as its unsettled events allow. */
  pickFor(trail: Trail): Lease[] {
    const picked: Lease[] = []
    const { room } = trail
    for (const lease of this.#waiting.values()) {
      if (trail.has(lease) || !this.#deadlines.hasTimeLeft(lease)) continue
      if (picked.length >= room) {
        this.#stalled = true
        break
      }
      picked.push(lease)
    }
    return picked
  }

  /** Whether a poll would get further leases now, beside those that were picked. */
  hasMoreThan(picked: readonly Lease[]): boolean {
    for (const lease of this.#waiting.values()) {
      if (!picked.includes(lease) && this.#deadlines.hasTimeLeft(lease)) return true
    }
    return false
  }

  /** Keeps the lease from being handed over until `takeBack`, or until it ends. */
  withhold(lease: Lease): void {
    lease.withheld += 1
    this.#waiting.delete(lease.key)
  }

  /** Undoes `withhold`: leases that nobody else withholds wait again, in their old order, and go to polls that are held. */
  takeBack(leases: readonly Lease[]): void {
    for (const lease of leases) {
      lease.withheld -= 1
      if (lease.withheld > 0 || lease.end !== null) continue
      // A notification that expired while it was being sent on waits for nobody.
      if (lease.carried === 0 && this.#deadlines.isOutdated(lease)) this.settle(lease, 'outdated')
      else this.#waiting.set(lease.key, lease)
    }
    if (this.#waiting.size > 1) {
      this.#waiting = new Map([...this.#waiting].sort(([, a], [, b]) => a.order - b.order))
    }
    this.#owner.deliver()
  }

  /**
   * The one place where a lease ends. Returns whether this call ended it. A lease that would leave its notification to the
   * source ends outdated instead when that has expired, wherever it would be shown again.
   */
  settle(lease: Lease, asked: LeaseEnd): boolean {
    if (lease.end !== null || lease.holder !== this) return false
    const isDone = asked === 'acknowledged' || asked === 'sent-on'
    const end = !isDone && this.#deadlines.isOutdated(lease) ? 'outdated' : asked
    lease.end = end
    this.#deadlines.cancel(lease)
    this.#all.delete(lease.key)
    this.#waiting.delete(lease.key)
    this.share.free(this.#counted(lease))
    for (const carrier of lease.carriers ?? []) carrier.leaseEnded()
    if (isDone) lease.source.acknowledge(lease)
    if (end === 'outdated') lease.endAtSource()
    if (end === 'released') lease.source.release(lease)
    const sinceWrittenMs = lease.writtenAt === null ? null : this.#deadlines.now() - lease.writtenAt
    this.#owner.observer.leaseEnded(lease, end, sinceWrittenMs)
    this.#owner.leaseEnded()
    return true
  }

  /**
   * The time of the lease is up, or its notification has expired. A notification that a response has carried may still be
   * acknowledged, and the outcome of a forward is not known: both are waited for until the lease ends by itself.
   */
  expire(lease: Lease): void {
    if (this.#deadlines.isOver(lease)) this.settle(lease, 'expired')
    // The time of day was set back meanwhile.
    else if (!this.#deadlines.isOutdated(lease)) return this.#deadlines.expire(lease)
    else if (lease.carried > 0 || lease.withheld > 0) return this.#deadlines.expireByItself(lease)
    else this.settle(lease, 'outdated')
    this.resumeStalled()
  }

  /** Releases all but those in the grace of a response or being sent on; returns how many those are. */
  release(): number {
    let withheld = 0
    for (const lease of this.list()) {
      if (lease.withheld > 0) withheld += 1
      else this.settle(lease, 'released')
    }
    return withheld
  }

  /** Releases those that no response has carried: nobody can acknowledge them here any more. */
  releaseUnseen(): void {
    for (const lease of this.list()) if (!lease.handedOver && lease.withheld === 0) this.settle(lease, 'released')
  }

  /** Leases were settled: a stream that had as many unacknowledged events as it may goes on. */
  resumeStalled(): void {
    if (!this.#stalled) return
    this.#stalled = false
    this.#owner.deliver()
  }
}
