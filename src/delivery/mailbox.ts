import type { Cursors } from './cursor.ts'
import type { Deadlines } from './deadlines.ts'
import type { Handover } from './handover.ts'
import { Handovers, type HandoversOwner } from './handovers.ts'
import type { HeldPolls } from './held-polls.ts'
import type { Lease, LeaseEnd } from './lease.ts'
import type { LeasedMemory } from './leased-memory.ts'
import { Leases, type LeasesOwner } from './leases.ts'
import type { Observer } from './observer.ts'
import { Poll, type PollRequest } from './poll.ts'
import { Polls, type PollsOwner } from './polls.ts'
import { Presence, type PresenceOwner } from './presence.ts'
import type { Refusal } from './refusal.ts'
import type { Sessions } from './sessions.ts'
import { Stream, type StreamRequest } from './stream.ts'
import { Trail } from './trail.ts'

/** The owner of mailboxes, with what all of them share. */
export interface MailboxOwner {
  readonly sessions: Sessions
  readonly deadlines: Deadlines
  readonly leasedMemory: LeasedMemory
  readonly cursors: Cursors
  readonly heldPolls: HeldPolls
  readonly observer: Observer
  /** Takes leases on what is stored for the client. */
  offer(leases: readonly Lease[]): void
  /** Nothing is left in the mailbox. */
  emptied(mailbox: Mailbox): void
}

/**
 * The leases and polls of one client on this instance. Its polls are inert while its presence is announcing, or what waits
 * elsewhere would be read too early. A mailbox with neither polls, leases nor presence is dropped.
 */
export class Mailbox implements PollsOwner, LeasesOwner, HandoversOwner, PresenceOwner {
  readonly clientId: string
  readonly deadlines: Deadlines
  readonly leasedMemory: LeasedMemory
  readonly sessions: Sessions
  readonly cursors: Cursors
  readonly heldPolls: HeldPolls
  readonly observer: Observer
  readonly polls: Polls
  readonly #owner: MailboxOwner
  readonly #presence: Presence
  /** Made with the first lease, since most mailboxes wait empty. */
  #contents: { readonly leases: Leases; readonly handovers: Handovers } | null = null

  constructor(clientId: string, owner: MailboxOwner) {
    this.clientId = clientId
    this.deadlines = owner.deadlines
    this.leasedMemory = owner.leasedMemory
    this.sessions = owner.sessions
    this.cursors = owner.cursors
    this.heldPolls = owner.heldPolls
    this.observer = owner.observer
    this.#owner = owner
    this.polls = new Polls(this)
    this.#presence = new Presence(this)
  }

  /** The leases of the client; null while there has never been one. */
  get leases(): Leases | null {
    return this.#contents?.leases ?? null
  }

  /** The hand-overs of the client; null while there has never been a lease. */
  get handovers(): Handovers | null {
    return this.#contents?.handovers ?? null
  }

  get presence(): Presence['kind'] {
    return this.#presence.kind
  }

  /** Resolves when the session is no longer being recorded; null when it is not. */
  get announcement(): Promise<void> | null {
    return this.#presence.announcement
  }

  #dropIfEmpty(): void {
    const empty = this.presence === 'absent' && this.polls.size === 0 && (this.leases?.size ?? 0) === 0
    if (empty) this.#owner.emptied(this)
  }

  // ── polls ──

  /** Takes the poll in. From here on it is ours, whatever happens while the session is recorded. */
  hold(request: PollRequest): Poll {
    return this.#hold(new Poll(request, this.polls))
  }

  /** Takes the stream in; it counts as one of the polls. */
  stream(request: StreamRequest): Stream {
    return this.#hold(new Stream(request, this.polls, new Trail(this.cursors.nextNumber(), request.ack)))
  }

  #hold<Held extends Poll>(poll: Held): Held {
    const { waitMs } = poll.request
    this.polls.add(poll)
    this.#presence.stopLinger()
    if (this.presence === 'here') this.polls.serve([poll])
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

  answer(poll: Poll, page: { readonly handover: Handover; readonly more: boolean }): void {
    this.polls.answer(poll, page)
  }

  /** The linger tells whether the client comes back. */
  lastPollEnded(): void {
    this.#presence.startLinger()
  }

  pollEnded(): void {
    this.#dropIfEmpty()
  }

  // ── presence ──

  /** The session is recorded: the inert polls come to life, with what is stored for the client. */
  announced(stored: readonly Lease[]): void {
    this.#owner.offer(stored)
    this.polls.serveInert()
    if (this.polls.size === 0) this.#presence.startLinger()
  }

  /** Polls from before the client had left stay held: only those that wait for this very record are refused. */
  notAnnounced(refusal: Refusal): void {
    this.#countShare()
    this.polls.refuseInert(refusal)
    this.#dropIfEmpty()
  }

  /** The client is said to be elsewhere. Its polls here run out by their own time and take nothing back. */
  markAbsent(): void {
    if (this.presence !== 'here') return
    this.#presence.markAbsent()
    this.#countShare()
    this.polls.endStreamsSoon()
    this.#dropIfEmpty()
  }

  /** The record says that the client is here: so it is, if a poll of it is held. Returns whether it is here. */
  markHere(): boolean {
    if (this.presence === 'absent' && this.polls.areAnyHeld) {
      this.#presence.markHere()
      this.#countShare()
    }
    return this.presence !== 'absent'
  }

  /** The time of lingers has changed. */
  restartLinger(): void {
    if (this.polls.size === 0) this.#presence.startLinger()
  }

  lingerOver(): void {
    this.markAbsent()
    void this.sessions.forget(this.clientId)
  }

  get broughtCursors(): string[] {
    return this.polls.broughtCursors
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

  get isAwaiting(): boolean {
    return this.polls.areAnyHeld
  }

  settle(lease: Lease, end: LeaseEnd): boolean {
    return this.leases?.settle(lease, end) ?? false
  }

  leaseEnded(): void {
    this.#dropIfEmpty()
  }

  deliver(): void {
    this.polls.deliver()
  }
}
