/** How long a kid that the issuer did not have causes no other fetch; a client may go on with its bad token for hours. */
const rememberMs = 5 * 60_000
/** Kids are free to invent: past this many the oldest is forgotten, and the cool-down alone bounds the fetches. */
const most = 1_000

/** The names of keys that the issuer was asked for and did not have. */
export class UnknownKids {
  readonly #askedAtMs = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  get size(): number {
    return this.#askedAtMs.size
  }

  has(name: string): boolean {
    const askedAtMs = this.#askedAtMs.get(name)
    if (askedAtMs === undefined) return false
    const ageMs = this.#now() - askedAtMs
    if (ageMs >= 0 && ageMs < rememberMs) return true
    this.#askedAtMs.delete(name)
    return false
  }

  add(name: string): void {
    this.#askedAtMs.delete(name)
    this.#askedAtMs.set(name, this.#now())
    if (this.#askedAtMs.size <= most) return
    for (const oldest of this.#askedAtMs.keys()) {
      this.#askedAtMs.delete(oldest)
      return
    }
  }
}
