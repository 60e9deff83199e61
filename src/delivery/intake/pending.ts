import { LastKeys } from '../last-keys.ts'
import { Lease, type Source } from '../lease.ts'
import type { Notification } from '../notification.ts'
import type { Clock, PendingRow } from '../ports.ts'
import type { AcknowledgedBy } from '../receipt.ts'

/** The rows that were read for one client. */
export interface PendingPage {
  readonly rows: readonly PendingRow[]
  /** Whether more rows wait. */
  readonly more: boolean
}

/** A row that has ended, and whose sender asked for a receipt. */
export interface EndedRow {
  readonly key: string
  /** Null for a row that has expired. */
  readonly by: AcknowledgedBy | null
  readonly deliveryCount: number
}

/** The store of pending notifications, which every instance can read. */
export interface PendingStore {
  /** Returns rows that wait for the client, oldest first. Rejects when the store does not answer. */
  readPage(clientId: string): Promise<PendingPage>
  /** Deletes a row. Rejects when the deletion is not certain. */
  remove(key: string): Promise<void>
  /** Deletes a row and keeps its receipt, both or neither. Rejects when that is not certain. */
  end(row: EndedRow): Promise<void>
  /** Notes that a response with the row was written. Rejects when that is not certain. */
  noteHandedOver(key: string): Promise<void>
  /** Whether the row is still stored. Rejects when the store does not answer. */
  isStored(key: string): Promise<boolean>
}

const nothing: PendingPage = { rows: [], more: false }
/** The time until a failed deletion of an acknowledged row is tried again. */
const retryMs = 1_000
/** The number of acknowledged keys remembered, because a read or a peer's message may still be in flight. Some 2 MB. */
const maxAcknowledged = 10_000
/** The number of failed deletions that are tried again; further rows are handed over again instead. */
const maxRetries = 50_000

/**
 * Leases on stored notifications. Only the instance that has the client's session takes such leases, so no other
 * instance has to know them. When a lease ends unacknowledged, the row is read again.
 */
export class PendingLeases implements Source {
  readonly kind = 'stored'
  readonly shared = true
  readonly #clock: Clock
  readonly #store: PendingStore
  readonly #lengthMs: number
  readonly #keepsExpired: boolean
  /** Keys of acknowledged rows that may still be stored; this instance never hands them over again. */
  readonly #leaving = new Set<string>()
  /** Deletions to be tried again, by the keys of their rows. */
  readonly #retries = new Map<string, () => Promise<void>>()
  /** Deletions in flight. */
  readonly #inFlight = new Set<Promise<void>>()
  readonly #acknowledged = new LastKeys(maxAcknowledged)
  readonly #onSettled: (() => void)[] = []
  /** Clients with rows that were not read, or for which there was no memory; the one that waits longest comes first. */
  readonly behind = new Set<string>()
  /** Called when the end of a row is stored whose sender asked for a receipt. */
  onReceipt: (notification: Notification, by: AcknowledgedBy | null) => void = () => {}
  /** Called when a row is acknowledged. */
  onAcknowledged: () => void = () => {}
  #cancelRetry: (() => void) | null = null

  /** `keepsExpired`: rows whose notification has expired are left to the purge, which sends them elsewhere first. */
  constructor(clock: Clock, store: PendingStore, lengthMs: number, keepsExpired = false) {
    this.#keepsExpired = keepsExpired
    this.#clock = clock
    this.#store = store
    this.#lengthMs = lengthMs
  }

  /** The number of acknowledged rows whose deletion is not confirmed. */
  get outstanding(): number {
    return this.#leaving.size
  }

  /** Reads a page of the rows that wait for the client. A reading that fails brings nothing: the sweep looks again. */
  async read(clientId: string): Promise<Lease[]> {
    const { rows, more } = await this.#store.readPage(clientId).catch(() => nothing)
    this.behind.delete(clientId)
    if (more) this.behind.add(clientId)
    return this.lease(rows)
  }

  /** Leases the rows, but none that was acknowledged here. */
  lease(rows: readonly PendingRow[]): Lease[] {
    const lengthMs = this.#lengthMs
    const expiresAt = this.#clock.now() + lengthMs
    const leases: Lease[] = []
    for (const { key, notification, deliveryCount } of rows) {
      if (this.wasAcknowledged(key)) continue
      leases.push(new Lease({ key, notification, deliveryCount, source: this, receipt: null, expiresAt, lengthMs }))
    }
    return leases
  }

  /** Leases the row if it still waits. If that cannot be told it is not leased, and the sweep looks again. */
  async leaseIfStored(row: PendingRow): Promise<Lease[]> {
    return (await this.#store.isStored(row.key).catch(() => false)) ? this.lease([row]) : []
  }

  /** Whether the row was acknowledged here. */
  wasAcknowledged(key: string): boolean {
    return this.#leaving.has(key) || this.#acknowledged.has(key)
  }

  acknowledge({ key, notification, end, acknowledgedBy, deliveryCount }: Lease): void {
    const by = end === 'outdated' ? null : acknowledgedBy
    this.#leaving.add(key)
    this.#acknowledged.add(key)
    const keepReceipt = async () => {
      await this.#store.end({ key, by, deliveryCount })
      this.onReceipt(notification, by)
    }
    this.#remove(key, notification.receipt ? keepReceipt : () => this.#store.remove(key))
    this.onAcknowledged()
  }

  outdated(lease: Lease): void {
    if (!this.#keepsExpired) this.acknowledge(lease)
  }

  /** Costs a statement only for rows whose sender asked. If it fails, the receipt says `pending` until its next state. */
  handedOver({ key, notification: { receipt } }: Lease): void {
    if (receipt) this.#store.noteHandedOver(key).catch(() => {})
  }

  /** There is no memory for the row: it is read when there is. */
  heldBack({ notification: { addressee } }: Lease): void {
    this.behind.add(addressee)
  }

  /** Does nothing: the row is still stored, and can be read again. */
  release(): void {}

  #remove(key: string, remove: () => Promise<void>): void {
    const removing: Promise<void> = remove().then(
      () => {
        this.#inFlight.delete(removing)
        this.#left(key)
      },
      () => {
        this.#inFlight.delete(removing)
        this.#later(key, remove)
      },
    )
    this.#inFlight.add(removing)
  }

  /** Resolves when all deletions in flight are answered, so that a later read does not find their rows. */
  async answered(): Promise<void> {
    await Promise.all(this.#inFlight)
  }

  #later(key: string, remove: () => Promise<void>): void {
    if (this.#retries.size >= maxRetries) return this.#left(key)
    this.#retries.set(key, remove)
    this.#cancelRetry ??= this.#clock.after(retryMs, () => {
      this.#cancelRetry = null
      const retries = [...this.#retries]
      this.#retries.clear()
      for (const [key, remove] of retries) this.#remove(key, remove)
    })
  }

  /** Resolves when every acknowledged row is deleted, or its deletion is given up. */
  settled(): Promise<void> {
    if (this.#leaving.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onSettled.push(resolve))
  }

  #left(key: string): void {
    this.#leaving.delete(key)
    if (this.#leaving.size > 0) return
    for (const resolve of this.#onSettled.splice(0)) resolve()
  }

  /** Stops the retries. Rows that are not deleted are handed over again by the next instance of their client. */
  close(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = null
  }
}
