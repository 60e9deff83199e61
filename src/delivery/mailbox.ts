import { Handover } from './handover.ts'
import type { Holder, Lease, LeaseEnd } from './lease.ts'
import type { Mailboxes } from './mailboxes.ts'
import { type AckMode, Poll, type PollEnd, type PollRequest } from './poll.ts'
import { Refusal } from './refusal.ts'
import { Slot } from './wheel.ts'

/** Bytes of JSON after which an answer takes no further notification; the rest is said by `more`. */
const longestAnswer = 1_048_576
/** Responses of one client whose cursors are remembered; a client that never acknowledges must not fill memory. */
const mostHandovers = 64

const noPolls: readonly Poll[] = []
const isLive = (poll: Poll): boolean => poll.live

/**
 * The leases and polls of one client on this instance.
 *
 * `presence` says what the world was told: absent (nothing), announcing (the session is being recorded; polls are inert
 * until it is, or what waits elsewhere would be read too early), here. It stays here through the gap between two polls
 * and for the linger after the last one; a mailbox with neither polls, leases nor presence is dropped.
 */
export class Mailbox extends Slot implements Holder {
  readonly clientId: string
  readonly mailboxes: Mailboxes
  presence: 'absent' | 'announcing' | 'here' = 'absent'
  #polls: readonly Poll[] = noPolls
  /** Every unsettled lease by its source's key; made with the first, since most mailboxes wait empty. */
  #leases: Map<string, Lease> | null = null
  /** The leases that nobody withholds, in order of arrival. */
  #waiting: Map<string, Lease> | null = null
  #handovers: Map<number, Handover> | null = null
  #leasedBytes = 0
  #arrivals = 0

  constructor(clientId: string, mailboxes: Mailboxes) {
    super()
    this.clientId = clientId
    this.mailboxes = mailboxes
  }

  get polls(): readonly Poll[] {
    return this.#polls
  }

  get leases(): Iterable<Lease> {
    return this.#leases?.values() ?? []
  }

  holds(key: string): boolean {
    return this.#leases?.has(key) ?? false
  }

  get leasedBytes(): number {
    return this.#leasedBytes
  }

  /** Nothing is left that would be missed. */
  get empty(): boolean {
    return this.presence === 'absent' && this.#polls.length === 0 && (this.#leases === null || this.#leases.size === 0)
  }

  // ── polls ──

  /** Takes the poll in. From here on it is ours, whatever happens while the session is recorded. */
  hold(request: PollRequest): Poll {
    const { wheel, clock } = this.mailboxes
    const poll = new Poll(request, this)
    this.#polls = this.#polls.length === 0 ? [poll] : [...this.#polls, poll]
    this.mailboxes.heldPolls += 1
    wheel.remove(this)
    if (this.presence === 'here') this.#live(poll)
    else {
      // The session gets its own deadline from the adapter; a poll that asks for no time still waits for that answer.
      if (request.waitMs > 0) wheel.put(poll, clock.now() + request.waitMs)
      if (this.presence === 'absent') this.announce()
    }
    return poll
  }

  /** Ends the poll and all it owned: its place here, its time. Later endings of the same poll are nothing. */
  endPoll(poll: Poll, end: PollEnd): void {
    if (poll.ended) return
    this.#letGo(poll)
    poll.request.end(end)
    this.mailboxes.dropIfEmpty(this)
  }

  #letGo(poll: Poll): void {
    poll.ended = true
    this.mailboxes.wheel.remove(poll)
    this.#polls = this.#polls.length === 1 ? noPolls : this.#polls.filter((held) => held !== poll)
    this.mailboxes.pollEnded()
    // The gap between two polls, or the end of the visit: the linger tells which.
    if (this.#polls.length === 0 && this.presence === 'here') this.mailboxes.startLinger(this)
  }

  /** The session is recorded: give the poll what waits, or let it wait. */
  #live(poll: Poll): void {
    poll.live = true
    if (this.#waiting !== null && this.#waiting.size > 0) this.#deliver([poll])
    if (poll.ended) return
    const { wheel, clock } = this.mailboxes
    if (poll.request.waitMs <= 0) this.endPoll(poll, { kind: 'timed-out' })
    else if (poll.slice === -1) wheel.put(poll, clock.now() + poll.request.waitMs)
  }

  // ── presence ──

  /** Records the session; the inert polls come to life when that is done, or are refused when it cannot be. */
  announce(): void {
    this.presence = 'announcing'
    this.mailboxes.sessions.announce(this.clientId).then(
      () => this.#announced(),
      (error: unknown) => this.#unannounced(error),
    )
  }

  #announced(): void {
    this.presence = 'here'
    for (const poll of this.#polls) if (!poll.live && !poll.ended) this.#live(poll)
    if (this.#polls.length === 0) this.mailboxes.startLinger(this)
  }

  #unannounced(error: unknown): void {
    this.presence = 'absent'
    const refusal = error instanceof Refusal ? error : new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause: error })
    // Polls from before the client had left stay held: only those that wait for this very record are refused.
    for (const poll of this.#polls) if (!poll.live) this.endPoll(poll, { kind: 'refused', refusal })
    this.mailboxes.dropIfEmpty(this)
  }

  /** The client is said to be elsewhere. Its polls here run out by their own time and take nothing back. */
  leave(): void {
    if (this.presence !== 'here') return
    this.presence = 'absent'
    this.mailboxes.wheel.remove(this)
    this.mailboxes.dropIfEmpty(this)
  }

  /** The linger is over and no poll came. */
  override due(): void {
    this.leave()
    void this.mailboxes.sessions.forget(this.clientId)
  }

  /** The cursors that polls bring along which wait for the session to be recorded. */
  get cursors(): string[] {
    return this.#polls.flatMap(({ live, request }) => (live || request.cursor === null ? [] : [request.cursor]))
  }

  // ── leases ──

  /** Takes the lease, or the newer receipt of one that is here. Nothing is handed over before `deliver`. */
  add(lease: Lease): void {
    this.#leases ??= new Map()
    const known = this.#leases.get(lease.key)
    if (known) {
      known.renew(lease)
      this.mailboxes.wheel.put(known, known.expiresAt)
      return
    }
    lease.holder = this
    lease.order = this.#arrivals
    this.#arrivals += 1
    this.#leases.set(lease.key, lease)
    this.#waiting ??= new Map()
    this.#waiting.set(lease.key, lease)
    this.#leasedBytes += lease.size
    this.mailboxes.leasedBytes += lease.size
    this.mailboxes.wheel.put(lease, lease.expiresAt)
  }

  /** Hands what waits to every poll that is held: several tabs of one client each get it. */
  deliver(): void {
    if (this.#polls.length === 0 || this.#waiting === null || this.#waiting.size === 0) return
    this.#deliver(this.#polls.every(isLive) ? this.#polls : this.#polls.filter(isLive))
  }

  #deliver(polls: readonly Poll[]): void {
    // Every poll picks before any lease is withheld from the next one.
    const picks = polls.map((poll) => this.#pick(poll.request.limit))
    for (const [i, poll] of polls.entries()) {
      const leases = picks[i]
      if (leases === undefined || leases.length === 0 || poll.ended) continue
      const handover = this.#handOver(leases, poll.request.ack)
      this.#letGo(poll)
      poll.request.end({ kind: 'answered', handover, more: this.#hasMoreThan(leases) })
    }
  }

  #pick(limit: number): Lease[] {
    const leases: Lease[] = []
    const now = this.mailboxes.clock.now()
    let bytes = 0
    for (const lease of this.#waiting?.values() ?? []) {
      if (!this.mailboxes.hasTimeLeft(lease, now)) continue
      bytes += lease.json.length
      if (leases.length > 0 && bytes > longestAnswer) break
      leases.push(lease)
      if (leases.length === limit) break
    }
    return leases
  }

  #hasMoreThan(leases: readonly Lease[]): boolean {
    for (const lease of this.#waiting?.values() ?? []) if (!leases.includes(lease)) return true
    return false
  }

  #handOver(leases: readonly Lease[], ack: AckMode): Handover {
    const handover = new Handover(this, this.mailboxes.nextNumber(), leases, ack)
    this.#handovers ??= new Map()
    this.#handovers.set(handover.number, handover)
    if (this.#handovers.size > mostHandovers) this.#forgetOldestHandover()
    for (const lease of leases) {
      lease.carried += 1
      if (lease.handovers === null) lease.handovers = [handover]
      else lease.handovers.push(handover)
      if (ack === 'auto') this.withhold(lease)
    }
    return handover
  }

  /** Only a cursor is forgotten; a response in its grace keeps running on the wheel. */
  #forgetOldestHandover(): void {
    const [oldest] = this.#handovers?.values() ?? []
    if (!oldest) return
    this.#handovers?.delete(oldest.number)
    for (const lease of oldest.leases) lease.handovers = lease.handovers?.filter((one) => one !== oldest) ?? null
  }

  /** Keeps the lease from being handed over until `takeBack`, or until it ends. */
  withhold(lease: Lease): void {
    lease.withheld += 1
    this.#waiting?.delete(lease.key)
  }

  /** Undoes `withhold`: those that nobody else withholds wait again, in their old order, and are handed over at once. */
  takeBack(leases: readonly Lease[]): void {
    for (const lease of leases) {
      lease.withheld -= 1
      if (lease.withheld === 0 && lease.end === null) this.#waiting?.set(lease.key, lease)
    }
    if (this.#waiting !== null && this.#waiting.size > 1) {
      this.#waiting = new Map([...this.#waiting].sort(([, a], [, b]) => a.order - b.order))
    }
    this.deliver()
  }

  /** The one place where a lease ends. Answers whether this call ended it. */
  settle(lease: Lease, end: LeaseEnd): boolean {
    if (lease.end !== null || lease.holder !== this) return false
    lease.end = end
    this.mailboxes.wheel.remove(lease)
    this.#leases?.delete(lease.key)
    this.#waiting?.delete(lease.key)
    this.#leasedBytes -= lease.size
    this.mailboxes.leaseEnded(lease)
    for (const handover of lease.handovers ?? []) {
      handover.outstanding -= 1
      if (handover.outstanding > 0) continue
      this.#handovers?.delete(handover.number)
      handover.ended()
    }
    if (end === 'acknowledged') lease.source.acknowledge(lease)
    if (end === 'released') lease.source.release(lease)
    this.mailboxes.dropIfEmpty(this)
    return true
  }

  expire(lease: Lease): void {
    this.settle(lease, 'expired')
  }

  // ── acknowledging ──

  /** Acknowledges exactly what the response with this number held and is still leased; answers how many. */
  acknowledgeNumber(number: number): number {
    const handover = this.#handovers?.get(number)
    if (!handover) return 0
    let acknowledged = 0
    for (const lease of handover.leases) if (this.settle(lease, 'acknowledged')) acknowledged += 1
    return acknowledged
  }

  /** Acknowledges what is in the grace of a response: its client has shown elsewhere that it is well. */
  acknowledgeGraces(): void {
    for (const { ack, state, leases } of [...(this.#handovers?.values() ?? [])]) {
      if (ack !== 'auto' || state !== 'written') continue
      for (const lease of leases) this.settle(lease, 'acknowledged')
    }
  }

  /** Acknowledges by notification id what has been handed over; answers the ids that named nothing. */
  acknowledgeIds(ids: ReadonlySet<string>): { acknowledged: number; unknown: string[] } {
    const found = new Set<string>()
    let acknowledged = 0
    for (const lease of [...this.leases]) {
      const { id } = lease.notification
      if (!lease.handedOver || !ids.has(id)) continue
      if (this.settle(lease, 'acknowledged')) acknowledged += 1
      found.add(id)
    }
    return { acknowledged, unknown: [...ids].filter((id) => !found.has(id)) }
  }
}
