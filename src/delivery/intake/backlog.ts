import type { Mailboxes } from '../mailboxes.ts'
import type { Clock } from '../ports.ts'
import type { PendingLeases } from './pending.ts'

/** Gathers acknowledgements that come together into one reading. */
const gatherMs = 50
/** A client that holds fewer leases than this gets its next page: some answers are left to it meanwhile. */
const fewLeases = 50
/** About as much as a page of one client may take. */
const pageBytes = 1_048_576
/** How many clients' pages are read at once. */
const maxPages = 100

interface Needs {
  readonly mailboxes: Mailboxes
  readonly pending: PendingLeases
  readonly clock: Clock
}

/**
 * The clients of this instance that have more stored notifications than are leased. Rows are safe in their table, so they
 * are read page by page: the next page of a client when it has acknowledged most of the last one, and as long as there is
 * memory for it. The client that waits longest comes first.
 */
export class Backlog {
  readonly #needs: Needs
  #cancel: (() => void) | null = null
  #reading = false

  constructor(needs: Needs) {
    this.#needs = needs
    needs.pending.onAcknowledged = () => {
      if (needs.pending.behind.size > 0) this.#schedule()
    }
  }

  /** Reads the next pages of clients that have room for them. Never rejects. */
  async readOn(): Promise<void> {
    const { mailboxes, pending } = this.#needs
    if (this.#reading) return
    this.#reading = true
    // Rows whose deletion is on its way would be read again.
    await pending.answered()
    const clients = this.#next()
    const taken = await Promise.all(clients.map(async (clientId) => mailboxes.offer(await pending.read(clientId))))
    this.#reading = false
    // A reading of which nothing was taken would be repeated without end: an acknowledgement or the sweep comes first.
    if (taken.some(({ length }) => length > 0) && this.#next().length > 0) this.#schedule()
  }

  /** Cancels the reading that is scheduled; one that is under way ends by itself. */
  close(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #schedule(): void {
    this.#cancel ??= this.#needs.clock.after(gatherMs, () => {
      this.#cancel = null
      void this.readOn()
    })
  }

  /** No more clients than the memory that is free has pages for, or pages would be read in vain. */
  #next(): string[] {
    const { mailboxes, pending } = this.#needs
    const { leasedMemory } = mailboxes
    const free = leasedMemory.maxBytes - leasedMemory.bytes
    const limit = Math.max(1, Math.min(maxPages, Math.floor(free / pageBytes)))
    const next: string[] = []
    if (leasedMemory.full) return next
    for (const clientId of pending.behind) {
      if (!mailboxes.clients.isHere(clientId)) pending.behind.delete(clientId)
      // While its session is being recorded, the former instance may not have been told what the client has acknowledged.
      else if (mailboxes.clients.announcementOf(clientId) !== null) continue
      else if (this.#hasRoom(clientId) && next.push(clientId) === limit) break
    }
    return next
  }

  #hasRoom(clientId: string): boolean {
    const leases = this.#needs.mailboxes.leasesOf(clientId)
    return leases === null || (leases.size < fewLeases && leases.share.taken <= 1 / 2)
  }
}
