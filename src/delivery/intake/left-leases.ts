import type { Lease } from '../lease.ts'
import type { LeasedMemory } from '../leased-memory.ts'
import type { Clock } from '../ports.ts'

interface Needs {
  readonly clock: Clock
  readonly leasedMemory: LeasedMemory
  /** The maximum of leases that are remembered. */
  readonly maxLeases: number
}

/**
 * Leases that were left to their queue, which shows them again when their time is up: remembered until then, so that an
 * instance that stops can give them back. Past the bound the oldest are forgotten; they are shown again a little later.
 */
export class LeftLeases {
  readonly #needs: Needs
  /** The oldest first. */
  readonly #byKey = new Map<string, Lease>()
  #bytes = 0

  constructor({ clock, leasedMemory, maxLeases }: Needs) {
    this.#needs = { clock, leasedMemory, maxLeases }
  }

  add(lease: Lease): void {
    this.#byKey.set(lease.key, lease)
    this.#bytes += lease.size
    this.#needs.leasedMemory.count({ bytes: lease.size, absentBytes: 0 })
    this.prune()
  }

  /** Forgets a lease, if it is here: its queue has shown it again. */
  forget(key: string): void {
    const lease = this.#byKey.get(key)
    if (lease === undefined) return
    this.#byKey.delete(key)
    this.#bytes -= lease.size
    this.#needs.leasedMemory.count({ bytes: -lease.size, absentBytes: 0 })
  }

  /** Forgets those that are over, and those past the bound. */
  prune(): void {
    const { clock, leasedMemory, maxLeases } = this.#needs
    for (const [key, { expiresAt }] of this.#byKey) {
      const hasRoom = this.#bytes <= leasedMemory.transitShare && this.#byKey.size <= maxLeases
      if (hasRoom && expiresAt > clock.now()) break
      this.forget(key)
    }
  }

  /** Gives all of them back to their queue that are not over, and forgets them. */
  release(): void {
    for (const [key, lease] of this.#byKey) {
      this.forget(key)
      if (lease.expiresAt > this.#needs.clock.now()) lease.source.release(lease)
    }
  }
}
