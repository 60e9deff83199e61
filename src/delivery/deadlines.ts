import type { Bounds, Surroundings } from './bounds.ts'
import type { Lease } from './lease.ts'
import type { Clock } from './ports.ts'
import { type Slot, Wheel } from './wheel.ts'

/** Deadlines are called late by up to this: too little for a person to notice, enough for many to share a timer. */
const sliceMs = 50
/** Time for an acknowledgement to travel: one that arrives after its lease has ended deletes nothing. */
const acknowledgementTravelMs = 300

/**
 * Returns `ms`, or up to a tenth less at random: clients that were turned to this instance together (a deploy, a network
 * that came back) would otherwise come back together for ever.
 */
export function spread(ms: number, random: () => number): number {
  return ms * (1 - random() / 10)
}

/** The ends of polls, graces, lingers and leases. All of them share one wheel, and `cancel` takes each off it. */
export class Deadlines {
  readonly #wheel: Wheel
  readonly #clock: Clock
  readonly #timeOfDay: () => number
  readonly #bounds: Bounds
  readonly #random: () => number
  #lingerMs: number

  constructor(needs: Pick<Surroundings, 'clock' | 'timeOfDay' | 'bounds' | 'random'>) {
    this.#clock = needs.clock
    this.#timeOfDay = needs.timeOfDay
    this.#bounds = needs.bounds
    this.#random = needs.random
    this.#lingerMs = needs.bounds.lingerMs
    this.#wheel = new Wheel(needs.clock, sliceMs)
  }

  /** The time by which deadlines are set: `Clock.now()` milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /** How many deadlines are set. */
  get size(): number {
    return this.#wheel.size
  }

  cancel(slot: Slot): void {
    this.#wheel.remove(slot)
  }

  /**
   * Whether the notification of the lease has expired. The time of day is read each time, since it may have been set.
   */
  isOutdated({ outdatedAt }: Lease): boolean {
    return outdatedAt !== Number.POSITIVE_INFINITY && outdatedAt <= this.#timeOfDay()
  }

  /** Whether the lease has ended by its own time. */
  isOver({ expiresAt }: Lease): boolean {
    return expiresAt <= this.#clock.now()
  }

  /**
   * Whether the lease lasts long enough for its acknowledgement to arrive, and its notification has not expired. A lease
   * that does not is no longer handed over: its source shows it again, or deletes what has expired.
   */
  hasTimeLeft(lease: Lease): boolean {
    if (this.isOutdated(lease)) return false
    const margin = Math.min(this.#bounds.graceMs + acknowledgementTravelMs, lease.lengthMs / 2)
    return lease.expiresAt - this.#clock.now() >= margin
  }

  /** Ends the lease at its `expiresAt`, or when its notification expires if that is earlier. */
  expire(lease: Lease): void {
    const { outdatedAt } = lease
    if (outdatedAt === Number.POSITIVE_INFINITY) return this.expireByItself(lease)
    const leftMs = outdatedAt - this.#timeOfDay()
    this.#wheel.put(lease, Math.min(lease.expiresAt, this.#clock.now() + leftMs))
  }

  /** Ends the lease at its `expiresAt`, although its notification expires before. */
  expireByItself(lease: Lease): void {
    this.#wheel.put(lease, lease.expiresAt)
  }

  startGrace(handover: Slot): void {
    this.#wheel.put(handover, this.#clock.now() + this.#bounds.graceMs)
  }

  /** Calls the hand-over again at the next turn of the wheel, which is a timer later. */
  lookAgain(handover: Slot): void {
    this.#wheel.put(handover, this.#clock.now())
  }

  startLinger(mailbox: Slot): void {
    this.#wheel.put(mailbox, this.#clock.now() + this.#lingerMs)
  }

  /** Lingers that start from now on take at most this long. */
  shortenLinger(ms: number): void {
    this.#lingerMs = Math.min(this.#lingerMs, ms)
  }

  /** Ends the poll after `ms`. Does nothing when its time runs already. */
  endAfter(poll: Slot, ms: number): void {
    if (poll.slice === -1) this.#wheel.put(poll, this.#clock.now() + ms)
  }

  /** Ends the poll when `ms` are over, or up to a tenth earlier, or by its own time. */
  endSoon(poll: Slot, ms: number): void {
    this.#endBy(poll, this.#clock.now() + spread(ms, this.#random))
  }

  /** Ends the poll at a random moment within `ms`, or by its own time. */
  endWithin(poll: Slot, ms: number): void {
    this.#endBy(poll, this.#clock.now() + this.#random() * ms)
  }

  /** Its own time may be nearer: neither a drain nor a move makes a poll outlive its token. */
  #endBy(poll: Slot, at: number): void {
    if (poll.slice === -1 || at < poll.slice * sliceMs) this.#wheel.put(poll, at)
  }
}
