import type { PendingLeases } from '../../delivery/intake/pending.ts'
import type { Lease } from '../../delivery/lease.ts'
import type { Relay } from '../../delivery/peers/relay.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { Sessions } from '../../delivery/sessions.ts'
import type { Predecessor } from './predecessor.ts'
import type { SessionRecords } from './session-records.ts'

/** Longest that a client which has just come waits for its former instance to hear of it. */
const patienceMs = 1_000

interface Needs {
  readonly records: SessionRecords
  readonly relay: Relay
  readonly predecessor: Predecessor
  readonly pending: PendingLeases
  readonly clock: Clock
}

/**
 * The steps by which a client arrives here, in this order: its session is recorded; the instance it came from is told, and
 * sends on what it still holds; then what is stored for the client is read. A notification that is stored meanwhile is
 * found by that reading, or by the look-up of whoever stored it. Read earlier, it would be handed over here although the
 * client has acknowledged it there.
 */
export class Arrivals implements Sessions {
  readonly #needs: Needs
  /** Called when the session of a client has ended here. */
  onLeft: (clientId: string) => void = () => {}

  constructor(needs: Needs) {
    this.#needs = needs
  }

  async announce(clientId: string, cursors: () => readonly string[]): Promise<Lease[]> {
    await this.record(clientId, cursors)
    return this.#needs.pending.read(clientId)
  }

  forget(clientId: string): Promise<void> {
    const forgotten = this.#needs.records.forget(clientId)
    void forgotten.then(() => this.onLeft(clientId))
    return forgotten
  }

  /** The first two steps, for a client that is here already. */
  async record(clientId: string, cursors: () => readonly string[] = () => []): Promise<void> {
    const { previous, recordedAt } = await this.#needs.records.record(clientId)
    const { relay, predecessor } = this.#needs
    const tellsPredecessor = previous === null && predecessor.mayBeThere
    if (!previous?.live && !tellsPredecessor) return
    const moved = { kind: 'moved', clientId, cursors: cursors(), recordedAt } as const
    if (previous?.live) await this.#patiently(relay.tell(previous, moved))
    if (tellsPredecessor) await this.#patiently(predecessor.tell(moved))
  }

  /** An instance that does not hear that its client has moved finds out at its next heartbeat. */
  async #patiently(told: Promise<unknown>): Promise<void> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<void>()
    const cancel = this.#needs.clock.after(patienceMs, giveUp)
    await Promise.race([told.catch(() => {}), late])
    cancel()
  }
}
