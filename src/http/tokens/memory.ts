import type { Claims } from './claims.ts'

/** How many tokens are certainly remembered: somewhat more than the polls one instance holds by default. */
const defaultSize = 20_000
/** The bound in characters, for issuers of very long tokens: 32 Mi are 20,000 tokens of 1.6 KiB. */
const maxCharacters = 32 * 1024 * 1024
/**
 * A token is looked up by its last characters, which are the end of its signature and as good as random: hashing all of
 * it costs three times as much as everything else here. Whether it is the same token, the whole header decides.
 */
const tailLength = 32

interface Entry {
  readonly authorization: string
  readonly claims: Claims
}

/**
 * Verified tokens by the raw `Authorization` value they came in. Two generations: what is used moves to the young one,
 * and when that is full the old one is dropped whole. So a hit is one look-up without any bookkeeping, the `size` last
 * used are always there, and never more than twice as many.
 */
export class TokenMemory {
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()
  #youngCharacters = 0
  readonly #size: number

  constructor(size: number = defaultSize) {
    this.#size = size
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(authorization: string): Claims | undefined {
    const tail = authorization.slice(-tailLength)
    const entry = this.#young.get(tail) ?? this.#promote(tail)
    return entry !== undefined && entry.authorization === authorization ? entry.claims : undefined
  }

  set(authorization: string, claims: Claims): void {
    this.#put(authorization.slice(-tailLength), { authorization, claims })
  }

  clear(): void {
    this.#turn()
    this.#old.clear()
  }

  #promote(tail: string): Entry | undefined {
    const entry = this.#old.get(tail)
    if (entry === undefined) return undefined
    // Deleted before it is put: that may make the young generation the old one, and it must not be in both.
    this.#old.delete(tail)
    this.#put(tail, entry)
    return entry
  }

  #put(tail: string, entry: Entry): void {
    if (this.#young.size >= this.#size || this.#youngCharacters >= maxCharacters) this.#turn()
    this.#youngCharacters += entry.authorization.length
    this.#young.set(tail, entry)
  }

  #turn(): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#youngCharacters = 0
  }
}
