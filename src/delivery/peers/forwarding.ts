import type { Lease } from '../lease.ts'
import type { Mailboxes } from '../mailboxes.ts'
import type { Notification } from '../notification.ts'
import type { Directory } from './directory.ts'
import { maxHops, route } from './routing.ts'

/** Sends a notification to the queue of another instance. */
export interface Forwarder {
  /** Resolves when that queue has it; rejects when it may not have it, at the latest after `withinMs`. */
  send(queueUrl: string, notification: Notification, hops: number, withinMs: number): Promise<void>
}

interface Needs {
  readonly mailboxes: Mailboxes
  readonly directory: Pick<Directory, 'find'>
  readonly forwarder: Forwarder
  /** Called with every notification that is kept here because its addressee is connected nowhere. */
  readonly onKept?: (lease: Lease) => void
  /** Called with every notification that was sent on (`error` is null), and with every one that could not be. */
  readonly onForward?: (lease: Lease, error: unknown) => void
}

/**
 * Takes the notifications that the queue of this instance brings: hands them over here, or sends them on to the instance
 * that their addressee has moved to. The rest is kept for its time, and handed over the moment its addressee polls.
 */
export class Forwarding {
  readonly #needs: Needs
  #underWay = 0
  /** Bytes of leases whose addressee is being looked up, or that are being sent on. */
  #bytesUnderWay = 0
  #idle: (() => void) | null = null

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Takes a batch of leases; never throws. */
  offer(leases: readonly Lease[]): void {
    const { mailboxes } = this.#needs
    const taken = mailboxes.offer(this.#withinTransitShare(leases))
    const elsewhere = taken.filter(
      (lease) => lease.carried === 0 && !mailboxes.clients.isHere(lease.notification.addressee),
    )
    if (elsewhere.length > 0) this.sendOn(elsewhere)
  }

  /**
   * Leases for absent clients may be for another instance, which their look-up tells. Those past the bound on such leases
   * are left to their source, so that a flood of them neither fills memory nor waits in front of the others.
   */
  #withinTransitShare(leases: readonly Lease[]): Lease[] {
    const { mailboxes } = this.#needs
    let bytes = this.#bytesUnderWay
    return leases.filter((lease) => {
      const { addressee } = lease.notification
      if (mailboxes.clients.isHere(addressee) || mailboxes.leasesOf(addressee)?.has(lease.key)) return true
      bytes += lease.size
      if (bytes <= mailboxes.leasedMemory.transitShare || bytes === lease.size) return true
      bytes -= lease.size
      mailboxes.heldBack.note(lease)
      return false
    })
  }

  /** The client's session is at another instance, where it came with these cursors: sends on what is left here. */
  moved(clientId: string, cursors: readonly string[] = []): void {
    this.sendOn(this.#needs.mailboxes.clientMoved(clientId, cursors))
  }

  /** Looks up where each addressee is, and sends on the leases that belong there. */
  sendOn(leases: readonly Lease[]): void {
    for (const lease of leases) {
      if (lease.hops >= maxHops) {
        this.#keep(lease)
        continue
      }
      this.#underWay += 1
      this.#bytesUnderWay += lease.size
      void this.#sendOn(lease).finally(() => this.#ended(lease))
    }
  }

  /** Resolves when nothing is being sent on. */
  settled(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  #ended(lease: Lease): void {
    this.#underWay -= 1
    this.#bytesUnderWay -= lease.size
    if (this.#underWay > 0) return
    this.#idle?.()
    this.#idle = null
  }

  #keep(lease: Lease): void {
    const { mailboxes, onKept } = this.#needs
    mailboxes.keep(lease)
    if (!mailboxes.clients.isHere(lease.notification.addressee)) onKept?.(lease)
  }

  async #sendOn(lease: Lease): Promise<void> {
    const { mailboxes, directory, forwarder, onForward } = this.#needs
    const { addressee } = lease.notification
    const { carried } = lease
    // When the look-up fails the notification is kept, as for an absent client.
    const peer = await directory.find(addressee).catch(() => null)
    const { instanceId } = mailboxes
    const decision = route({ here: mailboxes.clients.isHere(addressee), instanceId, hops: lease.hops, peer })
    if (decision.to !== 'peer') return this.#keep(lease)
    // During the look-up a poll may have come, or the lease may have ended: then it must not be sent on any more.
    if (lease.end !== null || lease.carried !== carried || lease.withheld > 0) return
    // A lease that ends before the other queue has answered would be shown here again: two copies.
    const now = mailboxes.clock.now()
    if (!mailboxes.deadlines.hasTimeLeft(lease)) return
    lease.startForward()
    try {
      // Nor is sending tried for longer: a late success would be a copy of what was acknowledged long before.
      await forwarder.send(decision.peer.queueUrl, lease.notification, lease.hops + 1, lease.expiresAt - now)
      lease.forwarded()
      onForward?.(lease, null)
    } catch (error) {
      lease.forwardFailed()
      onForward?.(lease, error)
    }
  }
}
