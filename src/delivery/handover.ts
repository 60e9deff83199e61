import type { Carrier, Lease } from './lease.ts'
import { Slot } from './wheel.ts'

/** When a notification counts as delivered: by the grace of its response, or by the client's next word. */
export type AckMode = 'auto' | 'next'

/** The writer of a hand-over. */
export interface Watcher {
  /** Nothing that happens to the connection matters any more. */
  over(): void
  /** The peer takes nothing at the moment: it may be gone, so a grace does not pass. */
  readonly stuck?: boolean
}

/** The owner of hand-overs. */
export interface HandoverOwner {
  readonly deadlines: {
    startGrace(handover: Slot): void
    lookAgain(handover: Slot): void
    cancel(handover: Slot): void
  }
  cursorOf(handover: Handover): string
  /** The response has left this process. */
  written(handover: Handover): void
  /** The response counts as delivered: acknowledges the leases that it carried. */
  delivered(handover: Handover): void
  /** The response failed: the leases that it carried wait again. */
  failed(handover: Handover): void
  /** All leases that it carried have ended: its cursor stands for nothing any more. */
  emptied(handover: Handover): void
  /** The source of the lease has shown it again, to this instance. */
  shownAgain(handover: Handover, lease: Lease): void
}

/**
 * Notifications written into one response, or into one event of a stream. Handed over is not delivered: the next event
 * of the connection or of the client decides.
 *
 * With `ack=auto`: open → written (the bytes are the kernel's; the grace runs) → settled, when the grace passed without
 * a failure; or → failed, and its leases wait for the next poll again.
 * With `ack=next` nothing happens by itself: it stays open, or written, until its cursor comes back or its leases end.
 */
export class Handover extends Slot implements Carrier {
  readonly #owner: HandoverOwner
  /** Number of the response, or of the stream. */
  readonly number: number
  /** Number of the event in its stream; null for the response of a poll. */
  readonly event: number | null
  readonly leases: readonly Lease[]
  readonly ack: AckMode
  /** How many of its leases have not ended. */
  #outstanding: number
  /** Whether the grace has ended once already. */
  #looked = false
  watcher: Watcher | null = null
  state: 'open' | 'written' | 'settled' | 'failed' = 'open'

  constructor(needs: {
    readonly owner: HandoverOwner
    readonly number: number
    readonly event: number | null
    readonly leases: readonly Lease[]
    readonly ack: AckMode
  }) {
    super()
    this.#owner = needs.owner
    this.number = needs.number
    this.event = needs.event
    this.leases = needs.leases
    this.ack = needs.ack
    this.#outstanding = needs.leases.length
    for (const lease of needs.leases) lease.addCarrier(this)
  }

  get cursor(): string {
    return this.#owner.cursorOf(this)
  }

  /** The members of the answer's `notifications`, as JSON. Read once: the parts of it are not kept. */
  get json(): string {
    let text = ''
    for (const lease of this.leases) {
      text += text === '' ? lease.json : `,${lease.json}`
      lease.dropJson()
    }
    return text
  }

  /** The response has left this process. That says nothing of the client, so the grace begins. */
  written(): void {
    if (this.state !== 'open') return
    this.state = 'written'
    this.#owner.written(this)
    if (this.ack === 'auto') this.#owner.deadlines.startGrace(this)
    else this.#release()
  }

  /** The connection failed before the grace was over: the client may not have the response, so it is not delivered. */
  failed(): void {
    if (this.state === 'settled' || this.state === 'failed') return
    this.state = 'failed'
    this.#owner.deadlines.cancel(this)
    this.#release()
    if (this.ack === 'auto') this.#owner.failed(this)
  }

  /** The grace is over and the connection has not failed. */
  override due(): void {
    // The process may have been paused or busy, and a failure of the connection may be waiting to be noticed behind this
    // timer: sockets are looked at between this timer and the next.
    if (!this.#looked) {
      this.#looked = true
      return this.#owner.deadlines.lookAgain(this)
    }
    // The bytes may sit in the kernel of a peer that has stopped reading. Its connection flows again, or it fails.
    if (this.watcher?.stuck === true) return this.#owner.deadlines.startGrace(this)
    this.state = 'settled'
    this.#release()
    this.#owner.delivered(this)
  }

  leaseEnded(): void {
    this.#outstanding -= 1
    if (this.#outstanding > 0) return
    this.#owner.emptied(this)
    this.#owner.deadlines.cancel(this)
    if (this.state === 'written') this.state = 'settled'
    this.#release()
  }

  leaseShownAgain(lease: Lease): void {
    this.#owner.shownAgain(this, lease)
  }

  /** Its cursor is forgotten: its leases no longer tell it of their end. A grace that runs goes on. */
  forget(): void {
    for (const lease of this.leases) lease.removeCarrier(this)
  }

  #release(): void {
    const { watcher } = this
    this.watcher = null
    watcher?.over()
  }
}
