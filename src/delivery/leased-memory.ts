/** No client may hold more than this part of the memory, even while the rest of it is free. */
const maxShareOfClient = 1 / 4
/** Leases of absent clients may hold this part: they are kept in case their client comes, and are safe in their source. */
const shareOfAbsent = 1 / 4
/** Leases whose addressee is being looked up at other instances may hold this part, each for a moment. */
const shareInTransit = 1 / 8
/**
 * A client may hold at most this part of what is free. So greedy clients share what there is and never fill it: with n
 * of them, 2/(n + 2) of the memory stays free for a client that comes next, which may take half of that.
 */
const partOfFree = 1 / 2
/** Less than the smallest lease counts for. */
const minLeaseBytes = 1_000

/** The memory that leases may take, all together, whatever their source. */
export class LeasedMemory {
  readonly maxBytes: number
  #bytes = 0
  #absentBytes = 0
  #expectedBytes = 0
  #waiting: (() => void)[] = []

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes that leases take at this moment. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes among them of leases whose client is absent. */
  get absentBytes(): number {
    return this.#absentBytes
  }

  /** Bytes that are free, beside those that open receives are expected to bring; never less than 0. */
  get free(): number {
    return Math.max(0, this.maxBytes - this.#bytes - this.#expectedBytes)
  }

  /** Counts bytes that an open receive is expected to bring, until the returned function is called, once. */
  expect(bytes: number): () => void {
    this.#expectedBytes += bytes
    return () => {
      this.#expectedBytes -= bytes
    }
  }

  /** Bytes that a client may hold at this moment. */
  get share(): number {
    return Math.max(0, Math.min(this.maxBytes * maxShareOfClient, (this.maxBytes - this.#bytes) * partOfFree))
  }

  /** Bytes that absent clients may hold together. */
  get absentShare(): number {
    return this.maxBytes * shareOfAbsent
  }

  /** Bytes of leases that may be in transit: their addressee is being looked up, and may turn out to be elsewhere. */
  get transitShare(): number {
    return this.maxBytes * shareInTransit
  }

  /** Whether a single lease that is larger than any share is let in: nothing would ever take it otherwise. */
  get takesLarge(): boolean {
    return this.#bytes <= this.maxBytes / 2
  }

  /** Not even the smallest lease would be taken, so that receiving brings nothing. */
  get full(): boolean {
    return !this.takesLarge && this.share < minLeaseBytes
  }

  /** Counts bytes, and those among them of absent clients. Both are negative when leases end. */
  count(change: { readonly bytes: number; readonly absentBytes: number }): void {
    this.#bytes += change.bytes
    this.#absentBytes += change.absentBytes
    if (change.bytes >= 0 || this.full || this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Calls `wake` once, when there is room again. */
  onFree(wake: () => void): void {
    this.#waiting.push(wake)
  }
}

/** The leased memory that one client takes. */
export class LeasedShare {
  readonly #memory: LeasedMemory
  #bytes = 0
  #isHere = false

  constructor(memory: LeasedMemory) {
    this.#memory = memory
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Bytes that the client may hold beside those that it holds. */
  get room(): number {
    return Math.max(0, this.#memory.share - this.#bytes)
  }

  /** The part of its share that the client takes: 0 for nothing, 1 for all of it. */
  get taken(): number {
    return this.#bytes === 0 ? 0 : this.#bytes / Math.max(1, this.#memory.share)
  }

  /** Whether the client may hold `size` bytes more. */
  admits(size: number): boolean {
    const { share, takesLarge } = this.#memory
    return this.#bytes + size <= share || (this.#bytes === 0 && takesLarge)
  }

  /** Whether the client may keep all of its leases, the last one of this size, now that it is known to be nowhere else. */
  keeps(size: number): boolean {
    if (this.#isHere) return true
    const ofOthers = this.#memory.absentBytes - this.#bytes
    return this.#bytes <= (this.#memory.absentShare - ofOthers) * partOfFree || (ofOthers === 0 && this.#bytes === size)
  }

  take(size: number): void {
    this.#bytes += size
    this.#memory.count({ bytes: size, absentBytes: this.#isHere ? 0 : size })
  }

  free(size: number): void {
    this.#bytes -= size
    this.#memory.count({ bytes: -size, absentBytes: this.#isHere ? 0 : -size })
  }

  clientCame(): void {
    if (this.#isHere) return
    this.#isHere = true
    this.#memory.count({ bytes: 0, absentBytes: -this.#bytes })
  }

  clientLeft(): void {
    if (!this.#isHere) return
    this.#isHere = false
    this.#memory.count({ bytes: 0, absentBytes: this.#bytes })
  }
}
