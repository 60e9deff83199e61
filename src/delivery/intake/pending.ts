import { Lease, type Source } from '../lease.ts'
import type { Mailboxes } from '../mailboxes.ts'
import type { PendingRow } from '../ports.ts'
import { RecentKeys } from '../recent-keys.ts'

/** Where pending notifications are stored, for every instance to read. */
export interface PendingStore {
  /** What waits for the client, the oldest first. Rejects when that cannot be told. */
  read(clientId: string): Promise<readonly PendingRow[]>
  /** Deletes it for good. Rejects when that is not certain. */
  remove(key: string): Promise<void>
  /** Whether it still waits. Rejects when that cannot be told. */
  isStored(key: string): Promise<boolean>
}

/** How long an acknowledged row waits until its deletion is tried again, in milliseconds. */
const retryMs = 1_000
/** Acknowledged keys that are remembered: a reading, or a word of a peer, may still be on its way. Some 1 MB. */
const maxAcknowledged = 10_000
/** Deletions that are tried again while the database is away; past it rows are handed over once more instead. */
const maxRetries = 50_000

/**
 * Leases on stored notifications. Only the instance that has the client's session takes them, so the lease is a matter
 * of this instance alone; when it ends unacknowledged the row is simply read again.
 */
export class PendingLeases implements Source {
  readonly shared = true
  readonly #mailboxes: Mailboxes
  readonly #store: PendingStore
  readonly #lengthMs: number
  /** Acknowledged, and perhaps still stored: never handed over again by this instance. */
  readonly #leaving = new Set<string>()
  readonly #retries = new Set<string>()
  /** Deletions that the store has been asked for and has not answered. */
  readonly #underWay = new Set<Promise<void>>()
  readonly #acknowledged = new RecentKeys({ maxKeys: maxAcknowledged })
  readonly #onSettled: (() => void)[] = []
  #cancelRetry: (() => void) | null = null

  constructor(mailboxes: Mailboxes, store: PendingStore, lengthMs: number) {
    this.#mailboxes = mailboxes
    this.#store = store
    this.#lengthMs = lengthMs
  }

  /** Acknowledged rows whose deletion is not confirmed. */
  get outstanding(): number {
    return this.#leaving.size
  }

  /** Reads what waits for the client and leases it. Not knowing is no failure: the sweep comes by. */
  async read(clientId: string): Promise<void> {
    const rows = await this.#store.read(clientId).catch(() => [])
    this.offer(rows)
  }

  /**
   * Leases rows; those that are leased here already, or acknowledged, stay as they are. A client may have left while its
   * rows were read: they are for the instance that it is at, and a lease here would outlive what it does with them there.
   */
  offer(rows: readonly PendingRow[]): void {
    const mailboxes = this.#mailboxes
    const expiresAt = mailboxes.clock.now() + this.#lengthMs
    const fresh = rows.filter(
      ({ key, notification: { addressee } }) => mailboxes.isHere(addressee) && !this.knows(addressee, key),
    )
    mailboxes.offer(
      fresh.map((row) => new Lease({ ...row, source: this, receipt: null, expiresAt, lengthMs: this.#lengthMs })),
    )
  }

  /** Leases the row if it still waits. Not knowing is no failure here either. */
  async offerIfStored(row: PendingRow): Promise<void> {
    if (await this.#store.isStored(row.key).catch(() => false)) this.offer([row])
  }

  /** Whether the row is leased here, or was acknowledged here. */
  knows(clientId: string, key: string): boolean {
    return this.#leaving.has(key) || this.#acknowledged.has(key) || this.#mailboxes.holds(clientId, key)
  }

  acknowledge({ key }: Lease): void {
    this.#leaving.add(key)
    this.#acknowledged.add(key)
    this.#remove(key)
  }

  /** Nothing to give back: the row is there for whoever reads it next. */
  release(): void {}

  #remove(key: string): void {
    const removing = this.#store.remove(key).then(
      () => this.#left(key),
      () => this.#later(key),
    )
    this.#underWay.add(removing)
    void removing.then(() => this.#underWay.delete(removing))
  }

  /** Resolves when the store has answered the deletions that are under way now: who reads it then, does not find them. */
  async answered(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #later(key: string): void {
    if (this.#retries.size >= maxRetries) return this.#left(key)
    this.#retries.add(key)
    this.#cancelRetry ??= this.#mailboxes.clock.after(retryMs, () => {
      this.#cancelRetry = null
      const keys = [...this.#retries]
      this.#retries.clear()
      for (const one of keys) this.#remove(one)
    })
  }

  /** Resolves when every acknowledged row is certainly deleted, or given up. */
  settled(): Promise<void> {
    if (this.#leaving.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onSettled.push(resolve))
  }

  #left(key: string): void {
    this.#leaving.delete(key)
    if (this.#leaving.size > 0) return
    for (const resolve of this.#onSettled.splice(0)) resolve()
  }

  /** Stops trying again; what is not deleted by now is handed over once more, by whoever serves its client next. */
  close(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = null
  }
}
