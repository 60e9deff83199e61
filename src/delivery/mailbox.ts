import type { Cursors } from './cursor.ts'
import type { Deadlines } from './deadlines.ts'
import type { Handover } from './handover.ts'
import { Handovers, type HandoversOwner } from './handovers.ts'
import type { Lease, LeaseEnd } from './lease.ts'
import type { LeasedMemory } from './leased-memory.ts'
import { Leases, type LeasesOwner } from './leases.ts'
import type { Observer } from './observer.ts'
import { Poll, type PollEnd, type PollRequest } from './poll.ts'
import { Presence, type PresenceOwner } from './presence.ts'
import type { Refusal } from './refusal.ts'
import type { Sessions } from './sessions.ts'
import { Stream, type StreamOwner, type StreamRequest } from './stream.ts'
import { Trail } from './trail.ts'

/**
 * A stream at an instance that its client has left gets nothing. It ends within this time, as long as a poll takes that did
 * not say how long.
 */
const leftBehindMs = 25_000

/** The owner of mailboxes, with what all of them share. */
export interface MailboxOwner {
  readonly sessions: Sessions
  readonly deadlines: Deadlines
  readonly leasedMemory: LeasedMemory
  readonly cursors: Cursors
  readonly observer: Observer
  /** Whether this instance shuts down, so that polls end released. */
  readonly draining: boolean
  /** Takes leases on what is stored for the client. */
  offer(leases: readonly Lease[]): void
  pollHeld(): void
  pollEnded(): void
  /** Nothing is left in the mailbox. */
  emptied(mailbox: Mailbox): void
}

const noPolls: readonly Poll[] = []
const isHeld = (poll: Poll): boolean => poll.state === 'held'

/**
 * The leases and polls of one client on this instance. Its polls are inert while its presence is announcing, or what waits
 * elsewhere would be read too early. A mailbox with neither polls, leases nor presence is dropped.
 */
export class Mailbox implements StreamOwner, LeasesOwner, HandoversOwner, PresenceOwner {
  readonly clientId: string
  readonly deadlines: Deadlines
  readonly leasedMemory: LeasedMemory
  readonly sessions: Sessions
  readonly cursors: Cursors
  readonly observer: Observer
  readonly #owner: MailboxOwner
  readonly #presence: Presence
  #polls = noPolls
  /** Made with the first lease, since most mailboxes wait empty. */
  #contents: { readonly leases: Leases; readonly handovers: Handovers } | null = null

  constructor(clientId: string, owner: MailboxOwner) {
    this.clientId = clientId
    this.deadlines = owner.deadlines
    this.leasedMemory = owner.leasedMemory
    this.sessions = owner.sessions
    this.cursors = owner.cursors
    this.observer = owner.observer
    this.#owner = owner
    this.#presence = new Presence(this)
  }

  get polls(): readonly Poll[] {
    return this.#polls
  }

  /** The leases of the client; null while there has never been one. */
  get leases(): Leases | null {
    return this.#contents?.leases ?? null
  }

  /** The hand-overs of the client; null while there has never been a lease. */
  get handovers(): Handovers | null {
    return this.#contents?.handovers ?? null
  }

  get isAwaiting(): boolean {
    return this.#polls.some(isHeld)
  }

  get presence(): Presence['kind'] {
    return this.#presence.kind
  }

  /** Resolves when the session is no longer being recorded; null when it is not. */
  get announcement(): Promise<void> | null {
    return this.#presence.announcement
  }

  #dropIfEmpty(): void {
    const empty = this.presence === 'absent' && this.#polls.length === 0 && (this.leases?.size ?? 0) === 0
    if (empty) this.#owner.emptied(this)
  }

  // ── polls ──

  /** Takes the poll in. From here on it is ours, whatever happens while the session is recorded. */
  hold(request: PollRequest): Poll {
    return this.#hold(new Poll(request, this))
  }

  /** Takes the stream in; it counts as one of the polls. */
  stream(request: StreamRequest): Stream {
    return this.#hold(new Stream(request, this, new Trail(this.cursors.nextNumber(), request.ack)))
  }

  #hold<Held extends Poll>(poll: Held): Held {
    const { waitMs } = poll.request
    this.#polls = this.#polls.length === 0 ? [poll] : [...this.#polls, poll]
    this.#owner.pollHeld()
    this.observer.pollHeld(poll.transport)
    this.#presence.stopLinger()
    if (this.presence === 'here') this.#serve([poll])
    else {
      // The session gets its own deadline from the adapter; a poll that asks for no time still waits for that answer.
      if (waitMs > 0) this.deadlines.endAfter(poll, waitMs)
      if (this.presence === 'absent') {
        this.#presence.announce()
        this.#countShare()
      }
    }
    return poll
  }

  /** Ends the poll and all it owned: its place here, its time. Later endings of the same poll do nothing. */
  endPoll(poll: Poll, end: PollEnd): void {
    if (poll.state === 'ended') return
    this.#letGo(poll)
    this.observer.pollEnded(poll.transport, end.kind)
    poll.request.end(end)
    this.#dropIfEmpty()
  }

  answer(poll: Poll, page: { readonly handover: Handover; readonly more: boolean }): void {
    this.#letGo(poll)
    this.observer.pollEnded(poll.transport, 'answered')
    poll.request.end({ kind: 'answered', ...page })
  }

  pollDue(poll: Poll): void {
    this.endPoll(poll, { kind: this.#owner.draining ? 'released' : 'timed-out' })
  }

  #letGo(poll: Poll): void {
    poll.state = 'ended'
    this.deadlines.cancel(poll)
    this.#polls = this.#polls.length === 1 ? noPolls : this.#polls.filter((held) => held !== poll)
    if (poll instanceof Stream) this.handovers?.endTrail(poll.trail)
    this.#owner.pollEnded()
    // The gap between two polls, or the end of the visit: the linger tells which.
    if (this.#polls.length === 0) this.#presence.startLinger()
  }

  /**
   * The session is recorded: gives the polls what waits, or lets them wait. All of them at once, or the first would get
   * with `ack=auto` what the others then miss.
   */
  #serve(polls: readonly Poll[]): void {
    for (const poll of polls) {
      poll.state = 'held'
      if (poll instanceof Stream) poll.taker.opened()
    }
    this.handovers?.deliverTo(polls)
    for (const poll of polls) {
      if (!isHeld(poll)) continue
      if (poll.request.waitMs <= 0) this.endPoll(poll, { kind: 'timed-out' })
      else this.deadlines.endAfter(poll, poll.request.waitMs)
    }
  }

  // ── presence ──

  /** The session is recorded: the inert polls come to life, with what is stored for the client. */
  announced(stored: readonly Lease[]): void {
    this.#owner.offer(stored)
    this.#serve(this.#polls.filter(({ state }) => state === 'inert'))
    if (this.#polls.length === 0) this.#presence.startLinger()
  }

  /** Polls from before the client had left stay held: only those that wait for this very record are refused. */
  notAnnounced(refusal: Refusal): void {
    this.#countShare()
    for (const poll of this.#polls) if (poll.state === 'inert') this.endPoll(poll, { kind: 'refused', refusal })
    this.#dropIfEmpty()
  }

  /** The client is said to be elsewhere. Its polls here run out by their own time and take nothing back. */
  markAbsent(): void {
    if (this.presence !== 'here') return
    this.#presence.markAbsent()
    this.#countShare()
    for (const poll of this.#polls) if (poll instanceof Stream) this.deadlines.endSoon(poll, leftBehindMs)
    this.#dropIfEmpty()
  }

  /** The record says that the client is here: so it is, if a poll of it is held. Returns whether it is here. */
  markHere(): boolean {
    if (this.presence === 'absent' && this.#polls.some(isHeld)) {
      this.#presence.markHere()
      this.#countShare()
    }
    return this.presence !== 'absent'
  }

  /** The time of lingers has changed. */
  restartLinger(): void {
    if (this.#polls.length === 0) this.#presence.startLinger()
  }

  lingerOver(): void {
    this.markAbsent()
    void this.sessions.forget(this.clientId)
  }

  /** The cursors that polls brought along which wait for the session to be recorded. */
  get broughtCursors(): string[] {
    return this.#polls.flatMap(({ state, request: { cursor } }) =>
      state === 'inert' && cursor !== null ? [cursor] : [],
    )
  }

  // ── leases ──

  /**
   * Takes a lease; nothing is handed over before `deliver`. Returns the lease that is held from now on, or null when the
   * client holds as much memory as it may.
   */
  add(lease: Lease): Lease | null {
    if (this.#contents === null) {
      const leases = new Leases(this)
      this.#contents = { leases, handovers: new Handovers(leases, this) }
      this.#countShare()
    }
    const held = this.#contents.leases.add(lease)
    this.#dropIfEmpty()
    return held
  }

  /** Leases of absent clients are counted apart. */
  #countShare(): void {
    if (this.presence === 'absent') this.leases?.share.clientLeft()
    else this.leases?.share.clientCame()
  }

  settle(lease: Lease, end: LeaseEnd): boolean {
    return this.leases?.settle(lease, end) ?? false
  }

  leaseEnded(): void {
    this.#dropIfEmpty()
  }

  /** Hands what waits to every poll that is held: several tabs of one client each get it. */
  deliver(): void {
    this.handovers?.deliverTo(this.#polls.every(isHeld) ? this.#polls : this.#polls.filter(isHeld))
  }

  feed(stream: Stream): void {
    this.handovers?.deliverTo([stream])
  }
}
