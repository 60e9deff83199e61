/**
 * The responses of receives that are read at once have at most this many bytes together: one of ten messages of 1 MiB, or
 * thousands of small ones. While a response is read, its messages are in memory some four times.
 */
const defaultBytes = 16 * 1_048_576

/** A response that has begun to arrive. */
export interface Arriving {
  /** The bytes that are counted while it is read. */
  readonly bytes: number
  /** Reads on. Called at most once, never within `admit`. */
  resume(): void
}

/**
 * Bounds the bytes of responses that are read at once; the first that arrived is read first. The rest stay with SQS and in
 * the sockets' buffers: thousands of receives may be open, and any of them may bring 10 MiB. A response that is larger than
 * the bound is read alone.
 */
export class ReadingBound {
  readonly #maxBytes: number
  readonly #waiting = new Set<Arriving>()
  #reading = 0

  constructor(maxBytes: number = defaultBytes) {
    this.#maxBytes = maxBytes
  }

  /** Returns whether the response may be read at once. One that may not waits, and is resumed later unless it ends first. */
  admit(response: Arriving): boolean {
    if (this.#waiting.size === 0 && this.#fits(response)) {
      this.#reading += response.bytes
      return true
    }
    this.#waiting.add(response)
    return false
  }

  /** The response has been read, or has failed; to be called once for each. */
  end(response: Arriving): void {
    if (!this.#waiting.delete(response)) this.#reading -= response.bytes
    for (const next of this.#waiting) {
      if (!this.#fits(next)) return
      this.#waiting.delete(next)
      this.#reading += next.bytes
      // The parser of the response that has just been read is not done yet, and two cannot run at once.
      queueMicrotask(() => next.resume())
    }
  }

  #fits({ bytes }: Arriving): boolean {
    return this.#reading === 0 || this.#reading + bytes <= this.#maxBytes
  }
}
