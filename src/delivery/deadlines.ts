import type { Bounds } from './bounds.ts'
import type { Handover } from './handover.ts'
import type { Lease } from './lease.ts'
import type { Mailbox } from './mailbox.ts'
import type { Poll } from './poll.ts'
import type { Clock } from './ports.ts'
import { spread } from './spread.ts'
import { Wheel } from './wheel.ts'

/** How late a deadline may be called, in milliseconds: short enough for a person, long enough to share a timer. */
const sliceMs = 50
/** Room for the word to travel: an acknowledgement that arrives after its lease has ended deletes nothing. */
const acknowledgementTravelMs = 300

/** When polls, responses in their grace, absent clients and leases are over; all of them share one wheel. */
export class Deadlines {
  readonly wheel: Wheel
  readonly #clock: Clock
  readonly #bounds: Bounds
  readonly #random: () => number

  constructor(needs: { readonly clock: Clock; readonly bounds: Bounds; readonly random: () => number }) {
    this.#clock = needs.clock
    this.#bounds = needs.bounds
    this.#random = needs.random
    this.wheel = new Wheel(needs.clock, sliceMs)
  }

  /** A lease that ends before its acknowledgement can arrive is not handed over any more; its source shows it again. */
  hasTimeLeft(lease: Lease, now: number): boolean {
    const margin = Math.min(this.#bounds.graceMs + acknowledgementTravelMs, lease.lengthMs / 2)
    return lease.expiresAt - now >= margin
  }

  startGrace(handover: Handover): void {
    this.wheel.put(handover, this.#clock.now() + this.#bounds.graceMs)
  }

  /** Calls it again at the next turn of the wheel, which is a timer later. */
  lookOnceMore(handover: Handover): void {
    this.wheel.put(handover, this.#clock.now())
  }

  startLinger(mailbox: Mailbox): void {
    this.wheel.put(mailbox, this.#clock.now() + this.#bounds.lingerMs)
  }

  /** Ends it when `ms` are over, or up to a tenth earlier, or by its own time. */
  endSoon(poll: Poll, ms: number): void {
    this.#endBy(poll, this.#clock.now() + spread(ms, this.#random))
  }

  /** Ends it at a random moment within `ms`, or by its own time. */
  endWithin(poll: Poll, ms: number): void {
    this.#endBy(poll, this.#clock.now() + this.#random() * ms)
  }

  /** Its own time may be nearer: neither a drain nor a move makes a poll outlive its token. */
  #endBy(poll: Poll, at: number): void {
    if (poll.slice === -1 || at < poll.slice * sliceMs) this.wheel.put(poll, at)
  }
}
