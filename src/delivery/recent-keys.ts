interface Entry<Value> {
  readonly value: Value
  /** When the key was added last, in milliseconds of the given clock. */
  readonly at: number
}

/**
 * A bounded memory of keys, each with a value where a caller wants to keep one. Past the bound the key that was added
 * longest ago goes first; a key that is added again counts as new.
 *
 * Every call takes constant time. A Map iterates in order of insertion, but an iterator made anew walks over the gaps
 * that all earlier deletions left: 9 µs a call at 10,000 keys. One iterator that lasts as long as the memory (0.2 µs)
 * has passed those gaps: the entries behind it have all been deleted, except the entry it stands on.
 */
export class RecentKeys<Value = true> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #inOrder = this.#entries.entries()
  /** The entry that the iterator stands on; null before the next step. */
  #oldest: readonly [string, Entry<Value>] | null = null
  readonly #maxKeys: number
  readonly #maxAgeMs: number
  readonly #now: () => number
  readonly #onDrop: (key: string, value: Value) => void

  constructor(bounds: {
    readonly maxKeys: number
    /** How long a key is remembered after it was added last. For ever when absent, as far as the bound allows. */
    readonly maxAgeMs?: number
    /** Milliseconds that only go forward, as `Clock.now` gives them; a wall clock can be set back. */
    readonly now?: () => number
    /** Called with each key that is forgotten because of the bound or its age. */
    readonly onDrop?: (key: string, value: Value) => void
  }) {
    this.#maxKeys = bounds.maxKeys
    this.#maxAgeMs = bounds.maxAgeMs ?? Number.POSITIVE_INFINITY
    this.#now = bounds.now ?? (() => 0)
    this.#onDrop = bounds.onDrop ?? (() => {})
  }

  /** How many keys take memory at this moment; those past their age are dropped when the next key is added. */
  get size(): number {
    return this.#entries.size
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined
  }

  /** Returns the value that was added with the key last, or undefined when the key is not remembered. */
  get(key: string): Value | undefined {
    return this.#find(key)?.value
  }

  /** Remembers the key. The value is only asked for where the memory has values. */
  add(key: string, ...[value]: true extends Value ? [] : [value: Value]): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value: (value ?? true) as Value, at: this.#now() })
    this.#dropOld()
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  #find(key: string): Entry<Value> | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || this.#isPast(entry) ? undefined : entry
  }

  #isPast({ at }: Entry<Value>): boolean {
    return this.#now() - at >= this.#maxAgeMs
  }

  #dropOld(): void {
    while (this.#entries.size > 0) {
      this.#oldest ??= this.#inOrder.next().value ?? null
      if (this.#oldest === null) return
      const [key, entry] = this.#oldest
      if (this.#entries.get(key) === entry) {
        if (this.#entries.size <= this.#maxKeys && !this.#isPast(entry)) return
        this.#entries.delete(key)
        this.#onDrop(key, entry.value)
      }
      // Deleted, here or before; or added again, and then the iterator comes to it later.
      this.#oldest = null
    }
  }
}
