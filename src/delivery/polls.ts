import type { Deadlines } from './deadlines.ts'
import type { Handover } from './handover.ts'
import type { Handovers } from './handovers.ts'
import type { HeldPolls } from './held-polls.ts'
import type { Poll, PollEnd } from './poll.ts'
import type { Refusal } from './refusal.ts'
import { Stream, type StreamOwner } from './stream.ts'

/**
 * A stream at an instance that its client has left gets nothing. It ends within this time, as long as a poll takes that did
 * not say how long.
 */
const leftBehindMs = 25_000

/** The owner of a client's polls. */
export interface PollsOwner {
  readonly deadlines: Deadlines
  readonly heldPolls: HeldPolls
  /** Hands what waits to the polls; null while there has never been a lease. */
  readonly handovers: Handovers | null
  /** No poll is left: the gap between two polls, or the end of the visit. */
  lastPollEnded(): void
  /** A poll has ended without an answer, and may have been the last thing that its mailbox was kept for. */
  pollEnded(): void
}

const noPolls: readonly Poll[] = []
const isHeld = (poll: Poll): boolean => poll.state === 'held'

/** The polls and streams of one client, from the moment they are taken in until they end. */
export class Polls implements StreamOwner {
  readonly #owner: PollsOwner
  /** Replaced with each change: a caller may walk through them while they end. */
  #all = noPolls

  constructor(owner: PollsOwner) {
    this.#owner = owner
  }

  get all(): readonly Poll[] {
    return this.#all
  }

  get size(): number {
    return this.#all.length
  }

  /** Whether one of them is held, and not only waits for the session to be recorded. */
  get areAnyHeld(): boolean {
    return this.#all.some(isHeld)
  }

  /** Takes the poll in, inert. */
  add(poll: Poll): void {
    this.#all = this.#all.length === 0 ? [poll] : [...this.#all, poll]
    this.#owner.heldPolls.began(poll.transport)
  }

  /**
   * The session is recorded: gives the polls what waits, or lets them wait. All of them at once, or the first would get
   * with `ack=auto` what the others then miss.
   */
  serve(polls: readonly Poll[]): void {
    const { deadlines, handovers } = this.#owner
    for (const poll of polls) {
      poll.state = 'held'
      if (poll instanceof Stream) poll.taker.opened()
    }
    handovers?.deliverTo(polls)
    for (const poll of polls) {
      if (!isHeld(poll)) continue
      if (poll.request.waitMs <= 0) this.endPoll(poll, { kind: 'timed-out' })
      else deadlines.endAfter(poll, poll.request.waitMs)
    }
  }

  /** Serves the polls that waited for the session to be recorded. */
  serveInert(): void {
    this.serve(this.#all.filter(({ state }) => state === 'inert'))
  }

  /** The session could not be recorded: refuses the polls that waited for it. */
  refuseInert(refusal: Refusal): void {
    for (const poll of this.#all) if (poll.state === 'inert') this.endPoll(poll, { kind: 'refused', refusal })
  }

  /** The cursors that came with polls which wait for the session to be recorded. */
  get broughtCursors(): string[] {
    return this.#all.flatMap(({ state, request: { cursor } }) => (state === 'inert' && cursor !== null ? [cursor] : []))
  }

  /** Hands what waits to every poll that is held: several tabs of one client each get it. */
  deliver(): void {
    this.#owner.handovers?.deliverTo(this.#all.every(isHeld) ? this.#all : this.#all.filter(isHeld))
  }

  feed(stream: Stream): void {
    this.#owner.handovers?.deliverTo([stream])
  }

  /** Ends the streams before long: their client has left, and they would listen in vain. */
  endStreamsSoon(): void {
    for (const poll of this.#all) if (poll instanceof Stream) this.#owner.deadlines.endSoon(poll, leftBehindMs)
  }

  // ── the end of one ──

  pollDue(poll: Poll): void {
    this.endPoll(poll, { kind: this.#owner.heldPolls.isDraining ? 'released' : 'timed-out' })
  }

  /** Ends the poll and all it owned: its place here, its time. Later endings of the same poll do nothing. */
  endPoll(poll: Poll, end: PollEnd): void {
    if (poll.state === 'ended') return
    this.#letGo(poll, end)
    this.#owner.pollEnded()
  }

  answer(poll: Poll, page: { readonly handover: Handover; readonly more: boolean }): void {
    this.#letGo(poll, { kind: 'answered', ...page })
  }

  #letGo(poll: Poll, end: PollEnd): void {
    const { deadlines, handovers, heldPolls } = this.#owner
    poll.state = 'ended'
    deadlines.cancel(poll)
    this.#all = this.#all.length === 1 ? noPolls : this.#all.filter((held) => held !== poll)
    if (poll instanceof Stream) handovers?.endTrail(poll.trail)
    heldPolls.ended(poll.transport, end.kind)
    if (this.#all.length === 0) this.#owner.lastPollEnded()
    poll.request.end(end)
  }
}
