import type { Clock } from '../ports.ts'
import { RecentKeys } from '../recent-keys.ts'

/** How many at once, and how many per second in the long run. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Tokens that a key had left at a time. */
interface Bucket {
  readonly tokens: number
  /** `Clock.now()` milliseconds. */
  readonly at: number
}

/** Keys that are remembered, at some 200 bytes each. */
const defaultMaxBuckets = 50_000

/**
 * A token bucket for each key. A full bucket is the same as none, so keys that have been quiet are forgotten. The memory
 * is bounded: past the bound the key that was quiet longest goes, with what it had used up.
 */
export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #buckets: RecentKeys<Bucket>

  constructor(rate: Rate, needs: { readonly clock: Clock; readonly maxBuckets?: number }) {
    const { clock, maxBuckets = defaultMaxBuckets } = needs
    this.#rate = rate
    this.#clock = clock
    const fullAfterMs = (rate.burst * 1000) / rate.perSecond
    this.#buckets = new RecentKeys({ maxKeys: maxBuckets, maxAgeMs: fullAfterMs, now: () => clock.now() })
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes a token of the key. Returns 0 when there was one, else the milliseconds until there will be. */
  take(key: string): number {
    const { burst, perSecond } = this.#rate
    const at = this.#clock.now()
    const bucket = this.#buckets.get(key)
    const tokens = bucket === undefined ? burst : Math.min(burst, bucket.tokens + ((at - bucket.at) * perSecond) / 1000)
    this.#buckets.add(key, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    return tokens < 1 ? Math.ceil(((1 - tokens) * 1000) / perSecond) : 0
  }

  /** Forgets the key as if it had never been used. */
  forget(key: string): void {
    this.#buckets.delete(key)
  }
}
