import type { PostgresSessions } from '../../../src/adapters/postgres/sessions.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** The row of this instance says that it is dead. */
export class TakenForDead extends Error {}

type Whereabouts = Awaited<ReturnType<PostgresSessions['find']>>

/** The sessions as one instance sees them: statements that are slow, fail before or after their commit, or come late. */
export class InstanceSessions implements PostgresSessions {
  readonly #instance: InstanceQueueInstance
  readonly #last = new Map<string, Promise<unknown>>()
  /** When each client was recorded here last. */
  readonly recordedAt = new Map<string, number>()
  /** When it was last looked where clients are that nobody here has asked for. */
  #lookedAt = 0

  constructor(instance: InstanceQueueInstance) {
    this.#instance = instance
  }

  announce(clientId: string): Promise<void> {
    return this.#inOrder(clientId, () => this.#announce(clientId, false))
  }

  /** The same for the membership, which records clients anew that have not asked for it. */
  get anew(): PostgresSessions {
    return {
      announce: (clientId) => this.#inOrder(clientId, () => this.#announce(clientId, true)),
      forget: (clientId) => this.forget(clientId),
      find: (clientId) => this.find(clientId),
      findMany: (clientIds) => this.findMany(clientIds),
      countOwn: () => this.countOwn(),
      listOwn: () => this.listOwn(),
      removeOwn: () => this.removeOwn(),
    }
  }

  async #announce(clientId: string, anew: boolean): Promise<void> {
    const { world, realm, process } = this.#instance
    const previous = await world.call(process, () => {
      if (anew) this.#looksFirst(clientId)
      return this.#upsert(clientId)
    })
    if (previous === false) throw new TakenForDead()
    if (previous !== null && realm.table.isLive(previous)) await this.#instance.tellPrevious(clientId, previous)
  }

  /** Nobody here has asked: then a client that was found at another instance is not taken from there. */
  #looksFirst(clientId: string): void {
    const { world, realm, name, id } = this.#instance
    const last = realm.table.lastRecorded.get(clientId)
    if (!world.calm || last === undefined || last.instanceId === id || last.at >= this.#lookedAt) return
    if (!realm.table.isLive(last.instanceId) || realm.instanceOf(last.instanceId)?.holdsLive(clientId) !== true) return
    world.ledger.violate(7, `${name} took ${clientId} from the instance that holds a poll of it`)
  }

  #upsert(clientId: string): string | null | false {
    const { world, realm, id } = this.#instance
    const previous = realm.table.upsert(clientId, id)
    if (previous !== false) this.recordedAt.set(clientId, world.now)
    return previous
  }

  async forget(clientId: string): Promise<void> {
    const { world, process, id } = this.#instance
    await this.#inOrder(clientId, () => world.call(process, () => this.#remove(clientId, id))).catch(() => {})
  }

  #remove(clientId: string, id: string): void {
    const { world, realm, name } = this.#instance
    if (realm.table.find(clientId)?.instanceId === id && this.#instance.holdsLive(clientId)) {
      world.ledger.violate(7, `${name} forgot ${clientId} while it holds a poll of it`)
    }
    realm.table.remove(clientId, id)
  }

  find(clientId: string): Promise<Whereabouts> {
    const { world, process } = this.#instance
    return world.call(process, () => this.#find(clientId))
  }

  findMany(clientIds: Iterable<string>): Promise<Map<string, NonNullable<Whereabouts>>> {
    const { world, process } = this.#instance
    return world.call(process, () => {
      this.#lookedAt = world.now
      const found = new Map<string, NonNullable<Whereabouts>>()
      for (const clientId of clientIds) {
        const place = this.#find(clientId)
        if (place) found.set(clientId, place)
      }
      return found
    })
  }

  #find(clientId: string): Whereabouts {
    const place = this.#instance.realm.table.find(clientId)
    return place && { id: place.instanceId, queueUrl: place.queueUrl, address: '', relayKey: '' }
  }

  countOwn(): Promise<number> {
    return this.listOwn().then((clientIds) => clientIds.length)
  }

  listOwn(): Promise<string[]> {
    const { world, realm, process, id } = this.#instance
    return world.call(process, () => realm.table.ownedBy(id))
  }

  /** Nobody here asks for it: whoever is marked dead has none. */
  async removeOwn(): Promise<void> {}

  /** Statements on one client run in the order of the calls. */
  #inOrder<T>(clientId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(clientId)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(clientId, mine)
    mine.catch(() => {})
    return mine
  }
}
