/** No client may fill more than this part of the leased memory: the others must still get theirs. */
const shareOfOneClient = 1 / 4

/** The memory that leases may take, all together. */
export class LeasedMemory {
  /** Taken at this moment. */
  bytes = 0
  readonly #maxBytes: number
  #waiting: (() => void)[] = []

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** As much is taken as there may be: nothing further is to be received. */
  get full(): boolean {
    return this.bytes >= this.#maxBytes
  }

  /** Whether a client that has taken so much may take this too. One lease is always allowed, however large. */
  isWithinShare(taken: number, size: number): boolean {
    return taken === 0 || taken + size <= this.#maxBytes * shareOfOneClient
  }

  /** Which part of its share a client has taken that has taken so much. */
  partOfShare(taken: number): number {
    return taken / (this.#maxBytes * shareOfOneClient)
  }

  take(size: number): void {
    this.bytes += size
  }

  free(size: number): void {
    this.bytes -= size
    if (this.full || this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Calls `wake` once, when there is room again. */
  onFree(wake: () => void): void {
    this.#waiting.push(wake)
  }
}
