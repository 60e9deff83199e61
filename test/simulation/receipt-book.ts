import type { Notification } from '../../src/delivery/notification.ts'
import type { Receipt } from '../../src/delivery/receipt.ts'
import { type Fate, nameOf } from './fate.ts'

/** The part of a receipt that is true or false. */
export type Told = Pick<Receipt, 'state' | 'by'>

interface Needs {
  readonly now: () => number
  /** Whether receipts are stored, so that the first end of a notification is the only one. */
  readonly isStored: boolean
  readonly fateOf: (notification: Notification) => Fate
  readonly violate: (what: string) => void
}

/** The ledger of all that senders are told of their notifications. */
export class ReceiptBook {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** An event of the notification's end has reached the queue for receipts. */
  event(notification: Notification, told: Told): void {
    this.#needs.fateOf(notification).events += 1
    if (!notification.receipt?.to) this.#needs.violate(`nobody asked for the event of ${nameOf(notification)}`)
    this.told('an event', notification, told)
  }

  /** A publisher that waited was told that the notification is acknowledged. */
  waited(notification: Notification): void {
    const { acknowledgedByClient, acknowledgedByGrace, acknowledgedByMove } = this.#needs.fateOf(notification)
    if (acknowledgedByClient || acknowledgedByGrace || acknowledgedByMove) return
    this.#needs.violate(`a publisher was told that ${nameOf(notification)} is acknowledged, and nobody had said so`)
  }

  /** A publisher that waited until now was told nothing. */
  waitedInVain(notification: Notification, { withinMs }: { readonly withinMs: number }): void {
    const { acknowledgedAt } = this.#needs.fateOf(notification)
    if (acknowledgedAt + withinMs > this.#needs.now()) return
    this.#needs.violate(`a publisher waited for ${nameOf(notification)}, and was not told that it is acknowledged`)
  }

  /** A sender is told this by an event, by a look-up, or would be if it looked. */
  told(way: string, notification: Notification, { state, by }: Told): void {
    const fate = this.#needs.fateOf(notification)
    const says = `${way} says that ${nameOf(notification)} is ${state}${by === null ? '' : ` by ${by}`}`
    const isTrue = {
      pending: () => true,
      'handed-over': () => fate.carriages.some(({ writtenAt }) => writtenAt !== null),
      acknowledged: () =>
        by === 'client'
          ? fate.acknowledgedByClient
          : by !== null && (fate.acknowledgedByGrace || fate.acknowledgedByMove),
      expired: () => this.#needs.now() >= fate.expiresAt,
    }
    if (!isTrue[state]()) this.#needs.violate(`${says}, and that is not so`)
    if (state !== 'acknowledged' && state !== 'expired') return
    fate.toldEnds.add(state)
    // Where nothing is stored, each of several copies ends by itself, and a message that is shown again is another copy.
    const hasCopies = !this.#needs.isStored && (fate.causes.has('all') || fate.shownTwice)
    if (fate.toldEnds.size > 1 && !hasCopies) this.#needs.violate(`${says}, and its sender was told otherwise before`)
  }

  /** The end of a notification that waits nowhere: its sender has the receipt, unless it is a dead letter. */
  close({ notification, deadLettered, events }: Fate, receiptOf: (notification: Notification) => Told | null): void {
    const { receipt = null } = notification
    if (receipt === null || deadLettered) return
    if (receipt.to !== null && events === 0) this.#needs.violate(`the event of ${nameOf(notification)} is missing`)
    if (!this.#needs.isStored) return
    const known = receiptOf(notification)
    if (known?.state !== 'acknowledged' && known?.state !== 'expired') {
      return this.#needs.violate(`the receipt of ${nameOf(notification)} is missing`)
    }
    this.told('its receipt', notification, known)
  }
}
