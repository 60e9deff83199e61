import type { AckMode, Handover } from './handover.ts'
import type { Lease } from './lease.ts'

/**
 * How many events of a stream with `ack=next` may be unsettled: a client that never acknowledges gets no further ones
 * until those have been.
 */
const maxUnacknowledged = 1_000

/**
 * The unsettled events of one stream, by number. A trail outlives its stream: the cursor of an event acknowledges
 * everything up to that event, and a client may send it when it has connected anew.
 */
export class Trail {
  readonly number: number
  readonly ack: AckMode
  /** Whether its stream has ended. */
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

  /** Returns a copy: settling one event may end others. */
  list(): Handover[] {
    return [...this.#events.values()]
  }

  /** Returns the events up to this one. */
  upTo(last: number): Handover[] {
    return this.list().filter(({ event }) => event !== null && event <= last)
  }

  /** Whether the stream was given the lease and its source has not shown it again since. */
  has(lease: Lease): boolean {
    return this.#given.has(lease)
  }

  nextEvent(): number {
    this.#lastEvent += 1
    return this.#lastEvent
  }

  add(handover: Handover): void {
    this.#events.set(handover.event ?? 0, handover)
    for (const lease of handover.leases) this.#given.add(lease)
  }

  /** The source of the lease has shown it again: it may be handed to the stream again. */
  shownAgain(lease: Lease): void {
    this.#given.delete(lease)
  }

  /** The event is settled. */
  remove(handover: Handover): void {
    this.#events.delete(handover.event ?? 0)
    for (const lease of handover.leases) this.#given.delete(lease)
  }
}
