import { type Rate, RateLimit } from '../../delivery/intake/rate-limit.ts'
import type { Clock } from '../../delivery/ports.ts'
import { RecentKeys } from '../../delivery/recent-keys.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Queries } from './connection.ts'

/** The maximum of secrets that are remembered as real: some 5 MB. A forgotten secret is looked up as a stranger's again. */
const maxFamiliar = 50_000
/** A caller with an old URL misses now and then; misses beyond this rate, of all callers together, are guesses. */
const misses: Rate = { burst: 200, perSecond: 100 }
/** Guessers that are refused together do not come back together. */
const maxRetryAfterSeconds = 5
const everybody = 'everybody'

/**
 * Looks up secrets that anybody can guess without a token: callback ids and tickets. A secret that was issued or found
 * here is looked up beside the statements of clients. Every other one is looked up in a narrow lane of its own, and when
 * too many did not exist, further ones are refused for a moment without a look. So guesses, however many, keep neither
 * clients waiting nor those who know a URL that is in use here.
 */
export class SecretLookups {
  /** The statements of clients. */
  readonly clients: Queries
  /** The narrow lane. */
  readonly strangers: Queries
  readonly #clock: Clock
  readonly #misses: RateLimit
  readonly #familiar = new RecentKeys({ maxKeys: maxFamiliar })
  #refusesUntil = 0

  constructor(needs: { readonly clients: Queries; readonly strangers: Queries; readonly clock: Clock }) {
    this.clients = needs.clients
    this.strangers = needs.strangers
    this.#clock = needs.clock
    this.#misses = new RateLimit(misses, needs)
  }

  /** Remembers that the secret with this digest is real. */
  learn(digest: string): void {
    this.#familiar.add(digest)
  }

  /** Takes the secret with this digest for a guess again. */
  forget(digest: string): void {
    this.#familiar.delete(digest)
  }

  /**
   * Runs `work`, which looks the secret up; `exists` tells from its result whether the secret is real. Rejects with
   * `ERROR_OVERLOADED` while there are too many guesses.
   */
  async lookUp<Found>(
    digest: string,
    work: (queries: Queries) => Promise<Found>,
    exists: (found: Found) => boolean,
  ): Promise<Found> {
    const isFamiliar = this.#familiar.has(digest)
    if (!isFamiliar && this.#clock.now() < this.#refusesUntil) throw tooManyGuesses()
    const found = await work(isFamiliar ? this.clients : this.strangers)
    if (exists(found)) this.learn(digest)
    else this.#missed(digest)
    return found
  }

  #missed(digest: string): void {
    // The digest may be known from a registration that was removed, or a ticket that another instance took.
    this.forget(digest)
    this.#refusesUntil = this.#clock.now() + this.#misses.take(everybody)
  }
}

function tooManyGuesses(): Refusal {
  const retryAfterSeconds = 1 + Math.floor(Math.random() * maxRetryAfterSeconds)
  return new Refusal('ERROR_OVERLOADED', { retryAfterSeconds })
}
