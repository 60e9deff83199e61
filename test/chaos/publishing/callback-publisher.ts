import type { Random } from '../random.ts'
import type { Outcome, Publication, Publisher } from './publisher.ts'

interface Needs {
  /** Where instances take registrations and callbacks. */
  readonly urls: () => readonly string[]
  /** Each client's own: it is the client that registers. */
  readonly tokens: ReadonlyMap<string, string>
  /** How often a callback URL may be used; 0: any number of times. */
  readonly maxUses: number
}

/** Longer than an instance may take, its relay to a dead one included. */
const patienceMs = 8_000

/**
 * Publishes as long-running tasks do: the client registers a callback at one instance, and the task calls it at another,
 * again under the same key until somebody says that it is stored. The callback's notification has an id of its own; the
 * correlation id is the one in the ledger.
 */
export function callbackPublisher({ urls, tokens, maxUses }: Needs): Publisher {
  /** Paths of the callbacks that are registered, also for those that are called again. */
  const registered = new Map<string, string>()

  async function register(url: string, { id, addressee }: Publication): Promise<string | null> {
    const response = await fetch(`${url}/registrations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.get(addressee)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'chaos', correlationId: id, maxUses }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await response.text()
    if (response.status !== 201) return null
    return new URL((JSON.parse(text) as { callbackUrl: string }).callbackUrl).pathname
  }

  async function call(url: string, path: string, { id, body }: Publication): Promise<Outcome> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'idempotency-key': id },
      body,
      signal: AbortSignal.timeout(patienceMs),
    })
    await response.body?.cancel()
    if (response.status !== 202) return response.status === 429 ? 'refused' : 'unanswered'
    return 'accepted'
  }

  return {
    weight: 3,
    reachesAbsent: true,
    sends: false,
    async publish(publication: Publication, random: Random) {
      const [here, there] = [random.pick(urls()), random.pick(urls())]
      if (here === undefined || there === undefined) return 'held back'
      try {
        const path = registered.get(publication.id) ?? (await register(here, publication))
        if (path === null) return 'held back'
        registered.set(publication.id, path)
        return await call(there, path, publication)
      } catch {
        return registered.has(publication.id) ? 'unanswered' : 'held back'
      }
    },
  }
}
