import { createRelay, type PeerRelay, type Post, relayCounters, untracedCall } from '../../adapters/relay/relay.ts'
import type { Peer } from '../../delivery/peers/directory.ts'
import type { RelayEntry } from '../../delivery/peers/relay.ts'
import type { Clock } from '../../delivery/ports.ts'

/** Long enough for the process before to hear of this one (a heartbeat, 5 s) and to shut down in order (less than 30 s). */
const lastsMs = 40_000

/** The process before is expected to leave: it is no outage when it is gone. */
const silent = { info() {}, warn() {} }

/**
 * The process that lived under the fixed id of this one when this one started: the earlier half of a rolling deploy. The
 * two have one row and one queue, so the sessions table cannot tell which of them holds a client. For a while therefore
 * no session is removed only because its client is not here, and the earlier process hears of every client that comes.
 */
export class Predecessor {
  readonly #clock: Clock
  readonly #relay: PeerRelay
  #peer: Peer | null = null
  #until = Number.NEGATIVE_INFINITY

  constructor({ clock, post }: { readonly clock: Clock; readonly post: Post }) {
    this.#clock = clock
    this.#relay = createRelay({ clock, log: silent, counters: relayCounters(), post, callPeer: untracedCall })
  }

  /** This process has registered under its fixed id; `peer` is the process that lives under the same id, if known. */
  found(peer: Peer | null): void {
    this.#until = this.#clock.now() + lastsMs
    this.#peer = peer
    // The earlier process looks at its row and leaves at once, rather than at its next heartbeat.
    if (peer !== null) void this.#relay.check([peer])
  }

  /** Whether recorded clients may be held by the process before. */
  get mayHoldClients(): boolean {
    return this.#clock.now() < this.#until
  }

  /** Whether the process before may still be there, and hears what it is told. */
  get mayBeThere(): boolean {
    return this.#peer !== null && this.mayHoldClients
  }

  /** Tells the process before, while it may be there. Never rejects. */
  async tell(entry: RelayEntry): Promise<void> {
    if (this.#peer === null || !this.mayHoldClients) return
    await this.#relay.tell(this.#peer, entry).catch(() => {
      this.#peer = null
    })
  }
}
