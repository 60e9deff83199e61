import type { Lease } from '../lease.ts'
import type { LeasedMemory } from '../leased-memory.ts'

interface Needs {
  readonly leasedMemory: LeasedMemory
  /** The maximum of leases under way, after which there is no room for more. */
  readonly maxLeases: number
  /** Counts the leases under way, for the metrics to read. */
  readonly counters: { underWay: number }
}

/** Leases that are being passed on, from the first try to the outcome. Their bytes count as leased memory. */
export class UnderWay {
  readonly #needs: Needs
  readonly #byKey = new Map<string, Lease>()
  #bytes = 0
  readonly #onIdle: (() => void)[] = []

  constructor(needs: Needs) {
    this.#needs = needs
  }

  get size(): number {
    return this.#byKey.size
  }

  /** Whether no more should be received: the leases are as many, or as large together, as they may be. */
  get isFull(): boolean {
    const { leasedMemory, maxLeases } = this.#needs
    return this.#bytes >= leasedMemory.transitShare || this.#byKey.size >= maxLeases
  }

  /** Returns the lease of this key that is under way. */
  find(key: string): Lease | undefined {
    return this.#byKey.get(key)
  }

  add(lease: Lease): void {
    this.#byKey.set(lease.key, lease)
    this.#count(lease.size)
    this.#needs.counters.underWay += 1
  }

  remove(lease: Lease): void {
    this.#byKey.delete(lease.key)
    this.#count(-lease.size)
    this.#needs.counters.underWay -= 1
    if (this.#byKey.size > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#needs.leasedMemory.count({ bytes, absentBytes: 0 })
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    if (this.#byKey.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}
