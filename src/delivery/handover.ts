import { writeCursor } from './cursor.ts'
import type { Lease } from './lease.ts'
import type { Mailbox } from './mailbox.ts'
import type { AckMode } from './poll.ts'
import type { Trail } from './trail.ts'
import { Slot } from './wheel.ts'

/** Told of a hand-over by whoever writes it. */
export interface Watcher {
  /** Nothing that happens to the connection matters any more. */
  over(): void
  /** The peer takes nothing at the moment: it may be gone, so a grace does not pass. */
  readonly stuck?: boolean
}

/**
 * Notifications written into one response, or into one event of a stream. Handed over is not delivered: what happens next decides.
 *
 * With `ack=auto`: open → written (the bytes are the kernel's; the grace runs) → settled, when the grace passed without
 * a failure; or → failed, and its leases wait for the next poll again.
 * With `ack=next` nothing happens by itself: it stays open until its cursor comes back or its leases end.
 */
export class Handover extends Slot {
  readonly mailbox: Mailbox
  /** The stream whose event it is; null for the answer of a poll. */
  readonly trail: Trail | null
  /** Of the response, or of the event in its stream. */
  readonly number: number
  readonly leases: readonly Lease[]
  readonly ack: AckMode
  /** Leases of it that have not ended; at zero its cursor stands for nothing any more. */
  outstanding: number
  /** Whether the grace has ended once already. */
  #looked = false
  watcher: Watcher | null = null
  state: 'open' | 'written' | 'settled' | 'failed' = 'open'

  constructor(mailbox: Mailbox, leases: readonly Lease[], ack: AckMode, trail: Trail | null = null) {
    super()
    this.mailbox = mailbox
    this.trail = trail
    this.number = trail === null ? mailbox.mailboxes.nextNumber() : trail.nextEvent()
    this.leases = leases
    this.ack = ack
    this.outstanding = leases.length
  }

  get cursor(): string {
    const { instanceId, epoch, markOf } = this.mailbox.mailboxes
    const { trail, number, leases } = this
    if (trail !== null) return writeCursor({ instanceId, epoch, number: trail.number, event: number })
    const marks = markOf === undefined ? {} : { marks: leases.map(({ key }) => markOf(key)) }
    return writeCursor({ instanceId, epoch, number, ...marks })
  }

  /** The members of the answer's `notifications`, as JSON. */
  get json(): string {
    const { leases } = this
    let text = leases[0]?.json ?? ''
    for (let i = 1; i < leases.length; i++) text += `,${leases[i]?.json}`
    return text
  }

  /** The response is out of this process. That says nothing of the client, so the grace begins. */
  written(): void {
    if (this.state !== 'open') return
    this.state = 'written'
    if (this.ack === 'auto') this.mailbox.mailboxes.deadlines.startGrace(this)
    else this.#over()
  }

  /** The connection failed before the grace was over: the client may not have it, so it is not delivered. */
  failed(): void {
    if (this.state === 'settled' || this.state === 'failed') return
    this.state = 'failed'
    this.mailbox.mailboxes.deadlines.wheel.remove(this)
    this.#over()
    if (this.ack === 'auto') this.mailbox.takeBack(this.leases)
  }

  /** The grace is over and the connection has not failed. */
  override due(): void {
    // The process may have been paused or busy, and a failure of the connection may be waiting to be noticed behind us:
    // sockets are looked at between this timer and the next.
    if (!this.#looked) {
      this.#looked = true
      return this.mailbox.mailboxes.deadlines.lookOnceMore(this)
    }
    // What it carries may sit in the kernel of a peer that has stopped reading. Its connection flows again, or it fails.
    if (this.watcher?.stuck === true) return this.mailbox.mailboxes.deadlines.startGrace(this)
    this.state = 'settled'
    this.#over()
    for (const lease of this.leases) this.mailbox.settle(lease, 'acknowledged')
  }

  /** Every lease of it has ended by other means, such as its cursor. */
  ended(): void {
    this.mailbox.mailboxes.deadlines.wheel.remove(this)
    if (this.state === 'written') this.state = 'settled'
    this.#over()
  }

  #over(): void {
    const { watcher } = this
    this.watcher = null
    watcher?.over()
  }
}
