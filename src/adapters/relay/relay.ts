import type { Peer } from '../../delivery/peers/directory.ts'
import { emptyResult, type Relay, type RelayEntry, type RelayResult } from '../../delivery/peers/relay.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Batches } from './batches.ts'

/** The path at which instances take entries from their peers. */
export const relayPath = '/internal/relay'
/** The header with the relay key of the instance that is called. */
export const relayKeyHeader = 'x-relay-key'

/** How long a peer may take. Short, since a caller waits for it. */
const deadlineMs = 2_000
/** Peers come and go with every deployment: past this number, idle ones are forgotten. */
const maxPeers = 200

/**
 * Returns a relay over HTTP: batched per peer, authorised with the peer's key, sent to the address of its row; redirects
 * are not followed.
 */
export function createRelay({ clock }: { readonly clock: Clock }): Relay {
  const batches = new Map<string, Batches<RelayResult>>()

  const batchesOf = ({ address, relayKey }: Peer): Batches<RelayResult> => {
    // The key is fresh at every start, so a restarted instance is another peer.
    const name = `${address} ${relayKey}`
    const known = batches.get(name)
    if (known) return known
    if (batches.size >= maxPeers) {
      for (const [old, { idle }] of batches) if (idle) batches.delete(old)
    }
    const fresh = new Batches<RelayResult>({
      deadlineMs,
      now: () => clock.now(),
      after: (ms, wake) => clock.after(ms, wake),
      post: (texts) => post(address, relayKey, texts),
    })
    batches.set(name, fresh)
    return fresh
  }

  return { tell: (peer, entry: RelayEntry) => batchesOf(peer).add(JSON.stringify(entry)) }
}

async function post(address: string, relayKey: string, texts: readonly string[]): Promise<RelayResult[]> {
  const response = await fetch(`${address}${relayPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [relayKeyHeader]: relayKey },
    body: `{"entries":[${texts.join(',')}]}`,
    redirect: 'error',
    signal: AbortSignal.timeout(deadlineMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the instance at ${address} answered ${response.status}`)
  }
  const { results } = (await response.json()) as { results: Partial<RelayResult>[] }
  return results.map((result) => ({ ...emptyResult, ...result }))
}
