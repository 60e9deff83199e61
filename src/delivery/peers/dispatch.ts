import type { Lease } from '../lease.ts'
import type { Mailboxes } from '../mailboxes.ts'
import type { Clock, Dispatcher, PendingRow, Reach } from '../ports.ts'
import type { Directory } from './directory.ts'
import type { Relay } from './relay.ts'

interface Needs {
  readonly mailboxes: Mailboxes
  /** Leases on stored notifications. */
  readonly pending: {
    lease(rows: readonly PendingRow[]): Lease[]
    /** Leases the row if the store still has it. */
    leaseIfStored(row: PendingRow): Promise<Lease[]>
  }
  readonly directory: Pick<Directory, 'find'>
  readonly relay: Relay
  readonly clock: Clock
}

/** A caller waits at most this long to learn whether its notification is live. It is stored already. */
const patienceMs = 2_800

/**
 * Takes a notification that has just been stored to its addressee, at whichever instance it is.
 *
 * The row is inserted first and the session looked up second, in separate statements; a client's session is recorded first
 * and its rows are read second. Whichever of the two is later sees the other.
 */
export class PeerDispatcher implements Dispatcher {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Hands the row over at the instance of the addressee, if it is connected. Never rejects, and takes at most 3 s. */
  dispatch(row: PendingRow): Promise<Reach> {
    const { mailboxes, pending } = this.#needs
    const { addressee } = row.notification
    if (!mailboxes.clients.isHere(addressee)) return this.#patiently(this.#tellPeer(row))
    if (mailboxes.clients.announcementOf(addressee) === null) mailboxes.offer(pending.lease([row]))
    else void this.#offerLater(row)
    return Promise.resolve('live')
  }

  /** Looks up whether the client is connected to some instance; tells none of them. */
  reachOf(clientId: string): Promise<Reach> {
    const { mailboxes, directory } = this.#needs
    if (mailboxes.clients.isHere(clientId)) return Promise.resolve('live')
    return this.#patiently(directory.find(clientId).then((peer) => peer !== null && peer.id !== mailboxes.instanceId))
  }

  #patiently(live: Promise<boolean>): Promise<Reach> {
    const { promise, resolve } = Promise.withResolvers<Reach>()
    const cancel = this.#needs.clock.after(patienceMs, () => resolve('pending'))
    live
      .then(
        (yes) => resolve(yes ? 'live' : 'pending'),
        () => resolve('pending'),
      )
      .finally(cancel)
    return promise
  }

  /** Another instance says that the row was stored for a client of this one; returns whether the client is here. */
  receiveRelayed(row: PendingRow): boolean {
    if (!this.#needs.mailboxes.clients.isHere(row.notification.addressee)) return false
    void this.#offerLater(row)
    return true
  }

  /**
   * While this was under way, the client may have got the notification at another instance and have come here with its
   * cursor. By the time its session is recorded here, that instance has deleted the row, so the store is asked first.
   */
  async #offerLater(row: PendingRow): Promise<void> {
    const { mailboxes, pending } = this.#needs
    const { addressee } = row.notification
    await mailboxes.clients.announcementOf(addressee)
    if (mailboxes.clients.isHere(addressee)) mailboxes.offer(await pending.leaseIfStored(row))
  }

  async #tellPeer({ key, notification }: PendingRow): Promise<boolean> {
    const { mailboxes, directory, relay } = this.#needs
    const peer = await directory.find(notification.addressee)
    // A session that wrongly says "here" is being corrected; the sweep brings the row.
    if (peer === null || peer.id === mailboxes.instanceId) return false
    return (await relay.tell(peer, { kind: 'pending', key, notification })).live
  }
}
