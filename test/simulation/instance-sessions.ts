import type { Directory } from '../../src/delivery/deliver.ts'
import type { Sessions } from '../../src/delivery/ports.ts'
import type { Instance } from './instance.ts'

/** The row of this instance says that it is dead. */
class TakenForDead extends Error {}

/** The sessions as one instance sees them: statements that are slow, fail before or after their commit, or come late. */
export class InstanceSessions implements Sessions, Directory {
  readonly #instance: Instance
  readonly #last = new Map<string, Promise<unknown>>()
  /** When each client was recorded here last. */
  readonly recordedAt = new Map<string, number>()

  constructor(instance: Instance) {
    this.#instance = instance
  }

  /** For the core: taken for dead, the client is recorded under the new id as soon as there is one. */
  async announce(clientId: string): Promise<void> {
    try {
      await this.announceOnce(clientId)
    } catch (error) {
      if (!(error instanceof TakenForDead)) throw error
      await this.#instance.rejoin()
      await this.announceOnce(clientId)
    }
  }

  announceOnce(clientId: string): Promise<void> {
    return this.#inOrder(clientId, () => this.#announce(clientId))
  }

  async #announce(clientId: string): Promise<void> {
    const { world, process } = this.#instance
    const { table } = world
    const previous = await world.call(process, () => this.#upsert(clientId))
    if (previous === false) throw new TakenForDead()
    if (previous !== null && table.isLive(previous)) await this.#instance.tellPrevious(clientId, previous)
    // Only now what is stored may be read: the former instance has let go of it.
    void this.#instance.pending.read(clientId)
  }

  #upsert(clientId: string): string | null | false {
    const { world, id } = this.#instance
    const previous = world.table.upsert(clientId, id)
    if (previous !== false) this.recordedAt.set(clientId, world.now)
    return previous
  }

  async forget(clientId: string): Promise<void> {
    const { world, process, id } = this.#instance
    await this.#inOrder(clientId, () => world.call(process, () => this.#remove(clientId, id))).catch(() => {})
  }

  #remove(clientId: string, id: string): void {
    const { world, name } = this.#instance
    if (world.table.find(clientId)?.instanceId === id && this.#instance.holdsLive(clientId)) {
      world.ledger.violate(7, `${name} forgot ${clientId} while it holds a poll of it`)
    }
    world.table.remove(clientId, id)
  }

  find(clientId: string): Promise<{ instanceId: string; queueUrl: string } | null> {
    const { world, process } = this.#instance
    return world.call(process, () => world.table.find(clientId))
  }

  /** Statements on one client run in the order of the calls. */
  #inOrder<T>(clientId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(clientId)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(clientId, mine)
    mine.catch(() => {})
    return mine
  }
}
