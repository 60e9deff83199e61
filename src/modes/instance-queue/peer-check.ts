import type { Instance, Instances } from '../../adapters/postgres/instances.ts'
import type { PeerRelay, Post } from '../../adapters/relay/relay.ts'

/** Peers called at a start: enough to find out how a network is made, and no flood when hundreds start at once. */
const maxPeers = 20
/** By then a peer that lives has said so again: a heartbeat comes every 5 s. */
const againMs = 8_000

interface Needs {
  readonly instances: Pick<Instances, 'live'>
  /** The wire, for a first call that is not logged. */
  readonly post: Post
  /** Logs a peer that cannot be reached, once. */
  readonly relay: Pick<PeerRelay, 'check'>
  readonly self: { readonly id: string }
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Finds out, after the start, whether the addresses of other instances answer: a wrong `INSTANCE_ADDRESS` only shows in
 * notifications that come seconds late. A peer that does not answer may have ended a moment ago, so it is told of only
 * when it has said since that it lives. Never rejects.
 */
export async function checkPeers({ instances, post, relay, self, sleep }: Needs, signal: AbortSignal): Promise<void> {
  const peersNow = async () => (await instances.live({ limit: maxPeers + 1 })).filter(({ id }) => id !== self.id)
  try {
    const silent = new Map<string, Instance>()
    const call = (peer: Instance) => post(peer.address, peer.relayKey, []).catch(() => void silent.set(peer.id, peer))
    await Promise.all((await peersNow()).map(call))
    if (silent.size === 0) return
    await sleep(againMs, signal)
    if (signal.aborted) return
    const hasBeaten = ({ id, heartbeatAt }: Instance) => heartbeatAt > (silent.get(id)?.heartbeatAt ?? heartbeatAt)
    await relay.check((await peersNow()).filter(hasBeaten))
  } catch {
    // The database does not answer, which others tell of.
  }
}
