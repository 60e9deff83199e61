import type { Handover } from './handover.ts'
import type { Lease } from './lease.ts'
import type { AckMode } from './poll.ts'

/**
 * Events of a stream with `ack=next` that are not settled, at most: a client that never acknowledges gets no further ones
 * until those have been.
 */
const maxUnacknowledged = 1_000

/**
 * What one stream was handed and is not settled, each an event with a number. It outlives its stream: the cursor of an
 * event acknowledges everything up to that event, and a client may say so when it has connected anew.
 */
export class Trail {
  readonly number: number
  readonly ack: AckMode
  /** Its stream has ended. */
  over = false
  /** In order, since a Map keeps the order of insertion. */
  readonly #events = new Map<number, Handover>()
  readonly #given = new Set<Lease>()
  #lastEvent = 0

  constructor(number: number, ack: AckMode) {
    this.number = number
    this.ack = ack
  }

  /** Events that are not settled. */
  get size(): number {
    return this.#events.size
  }

  /** How many events may follow before one has to be settled. */
  get room(): number {
    return this.ack === 'auto' ? Number.POSITIVE_INFINITY : maxUnacknowledged - this.#events.size
  }

  /** A copy: what is done with one may end others. */
  list(): Handover[] {
    return [...this.#events.values()]
  }

  /** The events up to this one. */
  upTo(event: number): Handover[] {
    return this.list().filter(({ number }) => number <= event)
  }

  /** Whether the stream has it already. */
  has(lease: Lease): boolean {
    return this.#given.has(lease)
  }

  nextEvent(): number {
    this.#lastEvent += 1
    return this.#lastEvent
  }

  add(handover: Handover): void {
    this.#events.set(handover.number, handover)
    for (const lease of handover.leases) this.#given.add(lease)
  }

  /** Its source has shown it again: it may be handed to the stream again. */
  shownAgain(lease: Lease): void {
    this.#given.delete(lease)
  }

  /** The event is settled. */
  remove(handover: Handover): void {
    this.#events.delete(handover.number)
    for (const lease of handover.leases) this.#given.delete(lease)
  }
}
