import type { Clock } from '../ports.ts'
import { RecentKeys } from '../recent-keys.ts'

/** Keys that are remembered of one client: more than it is sent with a key in an hour, by most senders. */
const defaultMaxKeysPerClient = 1_000
/** Keys that are remembered of all clients together: some 30 MB. */
const defaultMaxKeys = 100_000
const maxAgeMs = 24 * 3_600_000
/** A request that has waited for this many failures of others with its key fails like them, instead of trying itself. */
const maxFailuresSeen = 2

interface Needs {
  readonly clock: Clock
  readonly maxKeysPerClient?: number
  readonly maxKeys?: number
}

/** The outcome of storing: null when it succeeded. */
type Failure = { readonly error: unknown } | null

/**
 * Remembers for a day which keys were accepted, so that a repeat stores nothing. A key is claimed before anything is stored
 * for it: requests with the same key that come at the same time wait for the first, and store only when that failed. The
 * memory is bounded for each client, so that nobody pushes out the keys of another client; and for all clients together,
 * where the key that was accepted longest ago goes first.
 */
export class AcceptedKeys {
  readonly #maxKeysPerClient: number
  /** Each key with its client. */
  readonly #all: RecentKeys<string>
  readonly #ofClients = new Map<string, RecentKeys>()
  readonly #claims = new Map<string, Promise<Failure>>()

  constructor({ clock, maxKeysPerClient = defaultMaxKeysPerClient, maxKeys = defaultMaxKeys }: Needs) {
    this.#maxKeysPerClient = maxKeysPerClient
    const onDrop = (key: string, clientId: string) => this.#forget(key, clientId)
    this.#all = new RecentKeys<string>({ maxKeys, maxAgeMs, now: () => clock.now(), onDrop })
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#all.size
  }

  /** How many clients have keys that are remembered. */
  get clients(): number {
    return this.#ofClients.size
  }

  /** Resolves with whether the key was accepted, after the request that is storing something for it. */
  async has(key: string): Promise<boolean> {
    await this.#claims.get(key)
    return this.#all.has(key)
  }

  /**
   * Stores something for a key, once: resolves with what `store` returned, or with null when the key was accepted before.
   * Rejects as `store` does; then the key is free again.
   */
  async once<Stored>(clientId: string, key: string, store: () => Promise<Stored>): Promise<Stored | null> {
    for (let failuresSeen = 0; ; ) {
      if (this.#all.has(key)) return null
      const claim = this.#claims.get(key)
      if (claim === undefined) return this.#claim(clientId, key, store)
      const failure = await claim
      if (failure !== null && ++failuresSeen >= maxFailuresSeen) throw failure.error
    }
  }

  async #claim<Stored>(clientId: string, key: string, store: () => Promise<Stored>): Promise<Stored> {
    const outcome = Promise.withResolvers<Failure>()
    this.#claims.set(key, outcome.promise)
    try {
      const stored = await store()
      this.#remember(key, clientId)
      outcome.resolve(null)
      return stored
    } catch (error) {
      outcome.resolve({ error })
      throw error
    } finally {
      // Before those that wait run on: the first of them finds the key accepted, or free to claim.
      this.#claims.delete(key)
    }
  }

  #remember(key: string, clientId: string): void {
    const known = this.#ofClients.get(clientId)
    const keys = known ?? new RecentKeys({ maxKeys: this.#maxKeysPerClient, onDrop: (old) => this.#all.delete(old) })
    if (known === undefined) this.#ofClients.set(clientId, keys)
    keys.add(key)
    this.#all.add(key, clientId)
  }

  #forget(key: string, clientId: string): void {
    const keys = this.#ofClients.get(clientId)
    keys?.delete(key)
    if (keys?.size === 0) this.#ofClients.delete(clientId)
  }
}
