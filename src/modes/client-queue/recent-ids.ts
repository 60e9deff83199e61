/** As long as the contract promises to know a repeat; here as far as memory allows. Milliseconds. */
const rememberedMs = 24 * 3_600_000
/** Some 2 MB. */
const most = 10_000

/** Ids that this instance has to know again: of what it has accepted lately, or of what is settled already. */
export class RecentIds {
  /** When each was accepted, the oldest first. */
  readonly #accepted = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  has(id: string): boolean {
    const at = this.#accepted.get(id)
    return at !== undefined && this.#now() - at < rememberedMs
  }

  add(id: string): void {
    this.#accepted.delete(id)
    this.#accepted.set(id, this.#now())
    const [oldest] = this.#accepted.keys()
    if (this.#accepted.size > most && oldest !== undefined) this.#accepted.delete(oldest)
  }
}
