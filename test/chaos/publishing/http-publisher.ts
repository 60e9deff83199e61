import type { ReceiptLedger } from '../receipts/receipt-ledger.ts'
import { wishOverHttp } from '../receipts/wish.ts'
import type { Publisher } from './publisher.ts'

interface Needs {
  /** Where instances take publications. */
  readonly urls: () => readonly string[]
  readonly token: string
  readonly receipts: ReceiptLedger
}

/** Longer than an instance may take, its relay to a dead one included, and a wait. */
const patienceMs = 12_000

/**
 * Publishes over HTTP at any instance: 202 means stored, whoever is online. A publication that got no answer, or that an
 * instance could not confirm, is sent again under the same id, at whichever instance comes next.
 */
export function httpPublisher({ urls, token, receipts }: Needs): Publisher {
  return {
    weight: 3,
    reachesAbsent: true,
    sends: false,
    async publish({ id, addressee, body, wish }, random) {
      const url = random.pick(urls())
      if (url === undefined) return 'held back'
      const { members, headers } = wishOverHttp(wish)
      try {
        const response = await fetch(`${url}/notifications`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ id, addressee, body, subject: 'chaos', ...members }),
          signal: AbortSignal.timeout(patienceMs),
        })
        await response.body?.cancel()
        if (response.status === 202) return 'accepted'
        if (response.status === 200) {
          receipts.told(addressee, id, { way: 'wait', state: 'acknowledged', by: null })
          return 'acknowledged'
        }
        return response.status === 429 ? 'refused' : 'unanswered'
      } catch {
        return 'unanswered'
      }
    },
  }
}
