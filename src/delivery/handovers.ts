import type { Cursors } from './cursor.ts'
import type { Deadlines } from './deadlines.ts'
import { type AckMode, Handover, type HandoverOwner } from './handover.ts'
import type { Lease } from './lease.ts'
import type { Leases } from './leases.ts'
import type { Observer } from './observer.ts'
import type { Poll } from './poll.ts'
import { Stream } from './stream.ts'
import type { Trail } from './trail.ts'

/** Responses of one client whose cursors are remembered; a client that never acknowledges must not fill memory. */
const maxResponses = 64
/** Streams of one client that have ended and whose cursors are remembered. */
const maxEndedTrails = 16

/** The owner of a client's hand-overs. */
export interface HandoversOwner {
  readonly deadlines: Deadlines
  readonly cursors: Cursors
  readonly observer: Observer
  /** Ends the poll answered. */
  answer(poll: Poll, page: { readonly handover: Handover; readonly more: boolean }): void
}

/**
 * Hands the leases of one client to its polls. Remembers the hand-overs whose cursors still acknowledge something: those of its polls by their numbers, those of
 * its streams in their trails.
 */
export class Handovers implements HandoverOwner {
  readonly deadlines: Deadlines
  readonly #leases: Leases
  readonly #owner: HandoversOwner
  readonly #responses = new Map<number, Handover>()
  /** Made with the first event, since most clients have no stream. */
  #trails: Map<number, Trail> | null = null

  constructor(leases: Leases, owner: HandoversOwner) {
    this.#leases = leases
    this.#owner = owner
    this.deadlines = owner.deadlines
  }

  /** Hands the leases that wait to these polls: several tabs of one client each get them. */
  deliverTo(polls: readonly Poll[]): void {
    const [first] = polls
    if (first === undefined || this.#leases.waiting === 0) return
    if (polls.length === 1) return this.#deliver(first, this.#pickFor(first))
    // Every poll picks before any lease is withheld from the next one.
    const picks = polls.map((poll) => this.#pickFor(poll))
    for (const [i, poll] of polls.entries()) this.#deliver(poll, picks[i] ?? [])
  }

  #pickFor(poll: Poll): Lease[] {
    return poll instanceof Stream ? this.#leases.pickFor(poll.trail) : this.#leases.pick(poll.request.limit)
  }

  #deliver(poll: Poll, picked: readonly Lease[]): void {
    if (picked.length === 0 || poll.state === 'ended') return
    if (poll instanceof Stream) return this.#feed(poll, picked)
    const handover = this.#handOver(picked, poll.request.ack)
    this.#owner.answer(poll, { handover, more: this.#leases.hasMoreThan(picked) })
  }

  /** Hands the leases over, an event each, as long as the stream takes more. */
  #feed(stream: Stream, picked: readonly Lease[]): void {
    for (const lease of picked) {
      if (stream.state === 'ended' || !stream.ready) return
      // A connection that failed at an event before may have handed this one over already, or ended it.
      if (lease.end !== null || stream.trail.has(lease)) continue
      // Each event is written at once, and the events before it took their time.
      if (this.deadlines.isOutdated(lease)) continue
      stream.ready = stream.taker.event(this.#handOverTo(stream.trail, lease))
    }
  }

  /** Makes the leases one response, and forgets the cursor of the oldest response past the bound. */
  #handOver(leases: readonly Lease[], ack: AckMode): Handover {
    const number = this.#owner.cursors.nextNumber()
    const handover = new Handover({ owner: this, number, event: null, leases, ack })
    this.#responses.set(handover.number, handover)
    if (this.#responses.size > maxResponses) this.#forgetOldestResponse()
    if (ack === 'auto') for (const lease of leases) this.#leases.withhold(lease)
    for (const lease of leases) this.#owner.observer.handedOver(lease)
    return handover
  }

  /** Makes the lease the next event of a stream. */
  #handOverTo(trail: Trail, lease: Lease): Handover {
    const { number, ack } = trail
    const handover = new Handover({ owner: this, number, event: trail.nextEvent(), leases: [lease], ack })
    this.#trails ??= new Map()
    this.#trails.set(number, trail)
    trail.add(handover)
    if (ack === 'auto') this.#leases.withhold(lease)
    this.#owner.observer.handedOver(lease)
    return handover
  }

  /** The stream has ended; its cursors are good until all its events are settled, or too many other streams have ended. */
  endTrail(trail: Trail): void {
    trail.over = true
    this.#dropIfOver(trail)
    const ended = [...(this.#trails?.values() ?? [])].filter(({ over }) => over)
    const [oldest] = ended
    if (oldest === undefined || ended.length <= maxEndedTrails) return
    this.#trails?.delete(oldest.number)
    for (const handover of oldest.list()) handover.forget()
  }

  // ── acknowledging ──

  /** Acknowledges exactly what the cursor stands for and is still leased; returns how many leases. */
  acknowledge({ number, event }: { readonly number: number; readonly event?: number }): number {
    const named = event === undefined ? this.#responses.get(number) : this.#trails?.get(number)?.upTo(event)
    let acknowledged = 0
    for (const { leases } of [named ?? []].flat()) {
      for (const lease of leases) if (this.#leases.settle(lease, 'acknowledged')) acknowledged += 1
    }
    this.#leases.resumeStalled()
    return acknowledged
  }

  /** Acknowledges by notification id what has been handed over; returns the ids that named nothing. */
  acknowledgeIds(ids: ReadonlySet<string>): { acknowledged: number; unknown: string[] } {
    const found = new Set<string>()
    let acknowledged = 0
    for (const lease of this.#leases.list()) {
      const { id } = lease.notification
      if (!lease.handedOver || !ids.has(id)) continue
      if (this.#leases.settle(lease, 'acknowledged')) acknowledged += 1
      found.add(id)
    }
    this.#leases.resumeStalled()
    return { acknowledged, unknown: [...ids].filter((id) => !found.has(id)) }
  }

  /** Acknowledges what is in the grace of a response: its client has shown elsewhere that it is well. */
  acknowledgeGraces(): void {
    const events = [...(this.#trails?.values() ?? [])].flatMap((trail) => trail.list())
    for (const handover of [...this.#responses.values(), ...events]) {
      if (handover.ack === 'auto' && handover.state === 'written') this.delivered(handover)
    }
  }

  // ── called by hand-overs ──

  cursorOf(handover: Handover): string {
    return this.#owner.cursors.write(handover)
  }

  written({ leases }: Handover): void {
    const now = this.deadlines.now()
    for (const lease of leases) {
      if (lease.writtenAt !== null) continue
      lease.writtenAt = now
      lease.source.handedOver?.(lease)
      this.#owner.observer.written(lease)
    }
  }

  delivered({ leases }: Handover): void {
    for (const lease of leases) {
      if (lease.end === null) lease.acknowledgedBy = 'grace'
      this.#leases.settle(lease, 'acknowledged')
    }
  }

  failed({ leases }: Handover): void {
    this.#leases.takeBack(leases)
  }

  emptied(handover: Handover): void {
    const { number, event } = handover
    if (event === null) {
      this.#responses.delete(number)
      return
    }
    const trail = this.#trails?.get(number)
    if (trail === undefined) return
    trail.remove(handover)
    this.#dropIfOver(trail)
  }

  shownAgain({ number, event }: Handover, lease: Lease): void {
    if (event !== null) this.#trails?.get(number)?.shownAgain(lease)
  }

  /** Only its cursor is forgotten; a response in its grace keeps running on the wheel. */
  #forgetOldestResponse(): void {
    const [oldest] = this.#responses.values()
    if (!oldest) return
    this.#responses.delete(oldest.number)
    oldest.forget()
  }

  #dropIfOver({ number, over, size }: Trail): void {
    if (over && size === 0) this.#trails?.delete(number)
  }
}
