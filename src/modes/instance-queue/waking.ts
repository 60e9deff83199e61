import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Clock, Dispatcher, PendingRow } from '../../delivery/ports.ts'

/** A client that was here a moment ago usually polls again at once; after this time it is asleep. */
const patienceMs = 5_000
/** The maximum of clients that are watched. Those beyond are woken when their session ends. */
const maxWatched = 10_000

interface Needs {
  /** Wakes the devices of a client. */
  readonly wake: (clientId: string) => void
  readonly mailboxes: Pick<Mailboxes, 'clients' | 'leasesOf'>
  /** Clients with stored notifications that this instance has not read yet. */
  readonly behind: ReadonlySet<string>
  readonly clock: Clock
}

/**
 * Decides when a client sleeps although something is stored for it: at once when it is connected nowhere, a few seconds
 * later when it was here and does not poll, and when its session ends.
 */
export class Waking {
  readonly #needs: Needs
  readonly #watched = new Map<string, () => void>()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Returns a dispatcher that does the same, and wakes clients that are connected nowhere. */
  over(dispatcher: Dispatcher): Dispatcher {
    return {
      reachOf: (addressee) => dispatcher.reachOf(addressee),
      dispatch: (row) => {
        const { addressee } = row.notification
        // Comes first: a held poll is answered within `dispatch`, and then the client does not poll.
        this.watch(row)
        const reach = dispatcher.dispatch(row)
        void reach.then((found) => {
          if (found === 'pending') this.#needs.wake(addressee)
        })
        return reach
      },
    }
  }

  /** Wakes the client of the row a little later, if it is here and does not poll until then. */
  watch({ notification: { addressee } }: Pick<PendingRow, 'notification'>): void {
    const { mailboxes, clock, wake } = this.#needs
    if (!mailboxes.clients.isHere(addressee) || mailboxes.clients.isPolling(addressee)) return
    if (this.#watched.has(addressee) || this.#watched.size >= maxWatched) return
    const cancel = clock.after(patienceMs, () => {
      this.#watched.delete(addressee)
      if (!mailboxes.clients.isPolling(addressee) && this.#isOwed(addressee)) wake(addressee)
    })
    this.#watched.set(addressee, cancel)
  }

  /**
   * The session of the client has ended. Its devices are marked whatever is known here, since a reading of the table may
   * have failed: only those for which something waits there are woken.
   */
  left(clientId: string): void {
    this.#needs.wake(clientId)
  }

  /** Whether something stored waits for the client, as far as this instance knows. */
  #isOwed(clientId: string): boolean {
    const { mailboxes, behind } = this.#needs
    const leases = mailboxes.leasesOf(clientId)?.list() ?? []
    return behind.has(clientId) || leases.some(({ source }) => source.shared)
  }

  /** Ends all watches. */
  close(): void {
    for (const cancel of this.#watched.values()) cancel()
    this.#watched.clear()
  }
}
