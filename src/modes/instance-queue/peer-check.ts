import type { Instance, Instances } from '../../adapters/postgres/instances.ts'
import type { PeerRelay, Post } from '../../adapters/relay/relay.ts'

/** Peers called at once, the latest first: enough to find out how a network is made, and no flood when hundreds start. */
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
 * Finds out whether the addresses of other instances answer: a wrong `INSTANCE_ADDRESS` only shows in notifications that come
 * seconds late. An instance calls its peers after its start, and is called back by those that it has called: so each address
 * is tried from elsewhere, that of the last instance too. A peer that does not answer may have ended a moment ago, so it is
 * told of only when it has said since that it lives.
 */
export class PeerCheck {
  readonly #needs: Needs
  /** The peers of the last look, which need no further call. */
  #known: ReadonlySet<string> = new Set()
  #looking: Promise<void> | null = null
  /** Somebody has called during a look, perhaps too late for it. */
  #again = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Calls the peers that the last look did not find. Never rejects. */
  look(signal: AbortSignal): Promise<void> {
    if (this.#looking !== null) this.#again = true
    this.#looking ??= this.#lookOn(signal).finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #lookOn(signal: AbortSignal): Promise<void> {
    do {
      this.#again = false
      // A database that does not answer is told of by others.
      await this.#lookOnce(signal).catch(() => {})
    } while (this.#again && !signal.aborted)
  }

  async #lookOnce(signal: AbortSignal): Promise<void> {
    const { post, relay, sleep } = this.#needs
    const silent = new Map<string, Instance>()
    const call = (peer: Instance) => post(peer.address, peer.relayKey, []).catch(() => void silent.set(peer.id, peer))
    const peers = await this.#peersNow()
    const newcomers = peers.filter(({ id }) => !this.#known.has(id))
    this.#known = new Set(peers.map(({ id }) => id))
    await Promise.all(newcomers.map(call))
    if (silent.size === 0) return
    await sleep(againMs, signal)
    if (signal.aborted) return
    const hasBeaten = ({ id, heartbeatAt }: Instance) => heartbeatAt > (silent.get(id)?.heartbeatAt ?? heartbeatAt)
    await relay.check((await this.#peersNow()).filter(hasBeaten))
  }

  async #peersNow(): Promise<readonly Instance[]> {
    const { instances, self } = this.#needs
    return (await instances.live({ limit: maxPeers + 1 })).filter(({ id }) => id !== self.id)
  }
}
