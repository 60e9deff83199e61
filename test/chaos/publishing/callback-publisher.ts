import type { Random } from '../random.ts'
import type { ReceiptLedger } from '../receipts/receipt-ledger.ts'
import { receiptQueue, wishOverHttp } from '../receipts/wish.ts'
import type { Outcome, Publication, Publisher } from './publisher.ts'

interface Needs {
  /** Where instances take registrations and callbacks. */
  readonly urls: () => readonly string[]
  /** Each client's own: it is the client that registers. */
  readonly tokens: ReadonlyMap<string, string>
  /** How often a callback URL may be used; 0: any number of times. */
  readonly maxUses: number
  readonly receipts: ReceiptLedger
}

/** Longer than an instance may take, its relay to a dead one included. */
const patienceMs = 12_000

/**
 * Publishes as long-running tasks do: the client registers a callback at one instance, and the task calls it at another,
 * again under the same key until somebody says that it is stored. The callback's notification has an id of its own; the
 * correlation id is the one in the ledger.
 */
export function callbackPublisher({ urls, tokens, maxUses, receipts }: Needs): Publisher {
  /** Paths of the callbacks that are registered, also for those that are called again. */
  const registered = new Map<string, string>()

  async function register(url: string, { id, addressee, wish }: Publication): Promise<string | null> {
    const { asks, ttlSeconds } = wish
    const wanted = {
      ...(asks === 'event' ? { receiptTo: receiptQueue } : {}),
      ...(ttlSeconds === null ? {} : { notificationTtlSeconds: ttlSeconds }),
    }
    const response = await fetch(`${url}/registrations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.get(addressee)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'chaos', correlationId: id, maxUses, ...wanted }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await response.text()
    if (response.status !== 201) return null
    return new URL((JSON.parse(text) as { callbackUrl: string }).callbackUrl).pathname
  }

  async function call(url: string, path: string, { id, addressee, body, wish }: Publication): Promise<Outcome> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'idempotency-key': id, ...wishOverHttp(wish).headers },
      body,
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await response.text()
    if (response.status === 200 || response.status === 202) {
      const { id: notificationId } = JSON.parse(text) as { id: string }
      receipts.named(addressee, notificationId, id)
      if (response.status === 202) return 'accepted'
      receipts.told(addressee, notificationId, { way: 'wait', state: 'acknowledged', by: null })
      return 'acknowledged'
    }
    return response.status === 429 ? 'refused' : 'unanswered'
  }

  return {
    weight: 3,
    reachesAbsent: true,
    sends: false,
    // A registration has no word for it.
    instead: (asks) => (asks === 'receipt' ? 'nothing' : asks),
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
