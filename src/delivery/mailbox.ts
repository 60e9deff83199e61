import type { Cursor } from './cursor.ts'
import type { Lease, LeaseEnd } from './lease.ts'
import { Leases } from './leases.ts'
import type { Mailboxes } from './mailboxes.ts'
import { Poll, type PollEnd, type PollRequest } from './poll.ts'
import { Refusal } from './refusal.ts'
import { Stream, type StreamRequest } from './stream.ts'
import { Slot } from './wheel.ts'

/**
 * A stream at an instance that its client has left gets nothing: it ends within this time, as a poll does that did not say
 * how long. Milliseconds.
 */
const leftBehindMs = 25_000

const noPolls: readonly Poll[] = []
const isLive = (poll: Poll): boolean => poll.live

/**
 * The leases and polls of one client on this instance.
 *
 * `presence` says what the world was told: absent (nothing), announcing (the session is being recorded; polls are inert
 * until it is, or what waits elsewhere would be read too early), here. It stays here through the gap between two polls
 * and for the linger after the last one; a mailbox with neither polls, leases nor presence is dropped.
 */
export class Mailbox extends Slot {
  readonly clientId: string
  readonly mailboxes: Mailboxes
  presence: 'absent' | 'announcing' | 'here' = 'absent'
  /** Resolves when the presence is no longer announcing; null when it is not. */
  announcement: Promise<void> | null = null
  #polls: readonly Poll[] = noPolls
  /** Made with the first lease, since most mailboxes wait empty. */
  #leases: Leases | null = null

  constructor(clientId: string, mailboxes: Mailboxes) {
    super()
    this.clientId = clientId
    this.mailboxes = mailboxes
  }

  get polls(): readonly Poll[] {
    return this.#polls
  }

  /** Its leases; null while there has never been one. */
  get leases(): Leases | null {
    return this.#leases
  }

  /** Nothing is left that would be missed. */
  get empty(): boolean {
    return this.presence === 'absent' && this.#polls.length === 0 && (this.#leases === null || this.#leases.size === 0)
  }

  // ── polls ──

  /** Takes the poll in. From here on it is ours, whatever happens while the session is recorded. */
  hold(request: PollRequest): Poll {
    const poll = new Poll(request, this)
    this.#hold(poll)
    return poll
  }

  /** Takes the stream in; it is one of the polls. */
  stream(request: StreamRequest): Stream {
    const stream = new Stream(request, this)
    this.#hold(stream)
    return stream
  }

  #hold(poll: Poll): void {
    const { deadlines, clock } = this.mailboxes
    const { waitMs } = poll.request
    this.#polls = this.#polls.length === 0 ? [poll] : [...this.#polls, poll]
    this.mailboxes.heldPolls += 1
    deadlines.wheel.remove(this)
    if (this.presence === 'here') this.#live([poll])
    else {
      // The session gets its own deadline from the adapter; a poll that asks for no time still waits for that answer.
      if (waitMs > 0) deadlines.wheel.put(poll, clock.now() + waitMs)
      if (this.presence === 'absent') this.announce()
    }
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
    this.mailboxes.deadlines.wheel.remove(poll)
    this.#polls = this.#polls.length === 1 ? noPolls : this.#polls.filter((held) => held !== poll)
    if (poll instanceof Stream) this.#leases?.endTrail(poll.trail)
    this.mailboxes.pollEnded()
    // The gap between two polls, or the end of the visit: the linger tells which.
    if (this.#polls.length === 0 && this.presence === 'here') this.mailboxes.deadlines.startLinger(this)
  }

  /**
   * The session is recorded: gives the polls what waits, or lets them wait. All of them at once, or the first would get
   * with `ack=auto` what the others then miss.
   */
  #live(polls: readonly Poll[]): void {
    for (const poll of polls) {
      poll.live = true
      if (poll instanceof Stream) poll.taker.opened()
    }
    this.#deliver(polls)
    const { deadlines, clock } = this.mailboxes
    for (const poll of polls) {
      if (poll.ended) continue
      if (poll.request.waitMs <= 0) this.endPoll(poll, { kind: 'timed-out' })
      else if (poll.slice === -1) deadlines.wheel.put(poll, clock.now() + poll.request.waitMs)
    }
  }

  // ── presence ──

  /** Records the session; the inert polls come to life when that is done, or are refused when it cannot be. */
  announce(): void {
    this.presence = 'announcing'
    this.announcement = this.mailboxes.sessions.announce(this.clientId).then(
      () => this.#announced(),
      (error: unknown) => this.#unannounced(error),
    )
  }

  #announced(): void {
    this.announcement = null
    this.presence = 'here'
    this.#live(this.#polls.filter((poll) => !poll.live))
    if (this.#polls.length === 0) this.mailboxes.deadlines.startLinger(this)
  }

  #unannounced(error: unknown): void {
    this.announcement = null
    this.presence = 'absent'
    const refusal = error instanceof Refusal ? error : new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause: error })
    // Polls from before the client had left stay held: only those that wait for this very record are refused.
    for (const poll of this.#polls) if (!poll.live) this.endPoll(poll, { kind: 'refused', refusal })
    this.mailboxes.dropIfEmpty(this)
  }

  /** The client is said to be elsewhere. Its polls here run out by their own time and take nothing back. */
  markAbsent(): void {
    if (this.presence !== 'here') return
    this.presence = 'absent'
    this.mailboxes.deadlines.wheel.remove(this)
    for (const poll of this.#polls) if (poll instanceof Stream) this.mailboxes.deadlines.endSoon(poll, leftBehindMs)
    this.mailboxes.dropIfEmpty(this)
  }

  /** It has not left after all: a poll of it is held, and the record says "here". */
  markHere(): boolean {
    if (this.presence === 'absent' && this.#polls.some(isLive)) this.presence = 'here'
    return this.presence !== 'absent'
  }

  /** The linger is over and no poll came. */
  override due(): void {
    this.markAbsent()
    void this.mailboxes.sessions.forget(this.clientId)
  }

  /** The cursors that polls bring along which wait for the session to be recorded. */
  get cursors(): string[] {
    return this.#polls.flatMap(({ live, request }) => (live || request.cursor === null ? [] : [request.cursor]))
  }

  // ── leases ──

  /** Takes a lease; nothing is handed over before `deliver`. */
  add(lease: Lease): Lease {
    this.#leases ??= new Leases(this)
    return this.#leases.add(lease)
  }

  /** Hands what waits to every poll that is held: several tabs of one client each get it. */
  deliver(polls: readonly Poll[] = this.#polls): void {
    this.#deliver(polls.every(isLive) ? polls : polls.filter(isLive))
  }

  /** Something has been settled: a stream that had as much unacknowledged as it may goes on. */
  catchUp(): void {
    if (this.#leases?.stalled !== true) return
    this.#leases.stalled = false
    this.deliver()
  }

  #deliver(polls: readonly Poll[]): void {
    const leases = this.#leases
    if (leases === null || leases.waiting === 0 || polls.length === 0) return
    // Every poll picks before any lease is withheld from the next one.
    const picks = polls.map((poll) =>
      poll instanceof Stream ? leases.pickFor(poll.trail) : leases.pick(poll.request.limit),
    )
    for (const [i, poll] of polls.entries()) {
      const picked = picks[i]
      if (picked === undefined || picked.length === 0 || poll.ended) continue
      if (poll instanceof Stream) {
        feed(poll, picked, leases)
        continue
      }
      const handover = leases.handOver(picked, poll.request.ack)
      this.#letGo(poll)
      poll.request.end({ kind: 'answered', handover, more: leases.hasMoreThan(picked) })
    }
  }

  /** A response that carried them failed, or they were not sent on: they wait again, and go to whoever is held. */
  takeBack(leases: readonly Lease[]): void {
    this.#leases?.takeBack(leases)
    this.deliver()
  }

  settle(lease: Lease, end: LeaseEnd): boolean {
    return this.#leases?.settle(lease, end) ?? false
  }

  /** Acknowledges what the cursor stands for; answers how many. */
  acknowledge(cursor: Cursor): number {
    const { number, event } = cursor
    const leases = this.#leases
    if (leases === null) return 0
    const acknowledged = event === undefined ? leases.acknowledgeNumber(number) : leases.acknowledgeEvent(number, event)
    this.catchUp()
    return acknowledged
  }

  /** Acknowledges by notification ids; answers those that named nothing. */
  acknowledgeIds(ids: ReadonlySet<string>): { acknowledged: number; unknown: string[] } {
    const found = this.#leases?.acknowledgeIds(ids) ?? { acknowledged: 0, unknown: [...ids] }
    this.catchUp()
    return found
  }
}

/** Hands them over one by one, as long as the stream takes more. */
function feed(stream: Stream, picked: readonly Lease[], leases: Leases): void {
  for (const lease of picked) {
    if (stream.ended || !stream.ready) return
    // A connection that failed at an event before may have handed this one over already, or ended it.
    if (lease.end !== null || stream.trail.has(lease)) continue
    stream.ready = stream.taker.event(leases.handOverTo(stream.trail, lease))
  }
}
