import type { Clock } from '../ports.ts'

/** How many at once, and how many a second in the long run. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

interface Bucket {
  tokens: number
  /** When `tokens` was true: `Clock.now()` milliseconds. */
  at: number
}

/** Keys that are remembered, at some 150 bytes each. */
const maxBuckets = 50_000

/**
 * A token bucket for each key. One that is full is the same as none, so keys that have been quiet are forgotten, and the
 * memory stays bounded: past the bound the key that was quiet longest goes, with what it had used up.
 */
export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Clock
  /** The one used last comes last. */
  readonly #buckets = new Map<string, Bucket>()
  readonly #maxBuckets: number

  constructor(rate: Rate, clock: Clock, most = maxBuckets) {
    this.#rate = rate
    this.#clock = clock
    this.#maxBuckets = most
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes one for the key; 0 when that was allowed, else the milliseconds after which it will be. */
  take(key: string): number {
    const { burst, perSecond } = this.#rate
    const at = this.#clock.now()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at }
    const tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) * perSecond) / 1000)
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    bucket.at = at
    bucket.tokens = tokens < 1 ? tokens : tokens - 1
    this.#forgetOldest()
    return tokens < 1 ? Math.ceil(((1 - tokens) * 1000) / perSecond) : 0
  }

  /** As if the key had never been used. */
  forget(key: string): void {
    this.#buckets.delete(key)
  }

  #forgetOldest(): void {
    const { burst, perSecond } = this.#rate
    const fullAfterMs = (burst * 1000) / perSecond
    for (const [key, { at }] of this.#buckets) {
      if (this.#buckets.size <= this.#maxBuckets && this.#clock.now() - at < fullAfterMs) return
      this.#buckets.delete(key)
    }
  }
}
