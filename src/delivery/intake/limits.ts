import type { Clock } from '../ports.ts'
import { RecentKeys } from '../recent-keys.ts'
import { Refusal } from '../refusal.ts'
import { type Rate, RateLimit } from './rate-limit.ts'

export interface IntakeRates {
  readonly perCallbackUrl: Rate
  readonly perAddressee: Rate
  readonly registrationsPerClient: Rate
  readonly ticketsPerClient: Rate
  readonly wakeUpsPerClient: Rate
}

/**
 * The rates without settings. A task that calls back more often than this is in a loop: it must not fill its client's week of storage in a second.
 * All tasks and publishers of one client together may be four times as busy. Registrations that ended are kept for days, so
 * making them in a loop would fill the table although few are live; a client may make as many at once as it can have. A
 * page takes a ticket for each connection, and has no reason for many. A device is put once at each start of its app.
 */
export const defaultRates: IntakeRates = {
  perCallbackUrl: { burst: 100, perSecond: 50 },
  perAddressee: { burst: 400, perSecond: 200 },
  registrationsPerClient: { burst: 100, perSecond: 1 },
  ticketsPerClient: { burst: 60, perSecond: 1 },
  wakeUpsPerClient: { burst: 40, perSecond: 1 },
}

/** Callback URLs whose clients are remembered; a forgotten one is learnt again from its next callback. */
const maxOwners = 50_000

/** Limits how often this instance takes something over HTTP for the same client, or at the same callback URL. */
export class IntakeLimits {
  readonly #urls: RateLimit
  readonly #addressees: RateLimit
  readonly #registrations: RateLimit
  readonly #tickets: RateLimit
  readonly #wakeUps: RateLimit
  /** The clients that callback URLs belong to, by digest. Only URLs that exist are in it. */
  readonly #owners = new RecentKeys<string>({ maxKeys: maxOwners })

  constructor(needs: { readonly clock: Clock; readonly rates?: Partial<IntakeRates> | undefined }) {
    const { clock } = needs
    const rates = { ...defaultRates, ...needs.rates }
    this.#urls = new RateLimit(rates.perCallbackUrl, { clock })
    this.#addressees = new RateLimit(rates.perAddressee, { clock })
    this.#registrations = new RateLimit(rates.registrationsPerClient, { clock })
    this.#tickets = new RateLimit(rates.ticketsPerClient, { clock })
    this.#wakeUps = new RateLimit(rates.wakeUpsPerClient, { clock })
  }

  /** How many callback URLs are remembered. */
  get size(): number {
    return Math.max(this.#urls.size, this.#owners.size)
  }

  /** Counts a publication for the client. Throws a `Refusal` when that is too often; so do the next four. */
  publication(addressee: string): void {
    refuseAfter(this.#addressees.take(addressee))
  }

  registration(clientId: string): void {
    refuseAfter(this.#registrations.take(clientId))
  }

  ticket(clientId: string): void {
    refuseAfter(this.#tickets.take(clientId))
  }

  /** Counts a call about a device to wake. */
  wakeUp(clientId: string): void {
    refuseAfter(this.#wakeUps.take(clientId))
  }

  /** Counts a callback. Its client, and whether its URL exists, is told afterwards with `learn` or `forget`. */
  callback(digest: string): void {
    refuseAfter(this.#urls.take(digest))
    const owner = this.#owners.get(digest)
    if (owner !== undefined) refuseAfter(this.#addressees.take(owner))
  }

  /** The URL is this client's. The callback that showed it has not been counted for the client yet. */
  learn(digest: string, clientId: string): void {
    if (this.#owners.has(digest)) return
    this.#owners.add(digest, clientId)
    this.#addressees.take(clientId)
  }

  /** There is no such URL: nothing is remembered of guesses. */
  forget(digest: string): void {
    this.#urls.forget(digest)
  }
}

/** Returns the refusal of a notification for a client that has not fetched its earlier ones. */
export function addresseeFull(): Refusal {
  const message = 'As many notifications are pending for this client as it may have'
  return new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds: 60 })
}

function refuseAfter(ms: number): void {
  if (ms === 0) return
  throw new Refusal('ERROR_TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(ms / 1000) })
}
