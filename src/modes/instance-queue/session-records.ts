import { InstanceDead, type Recorded } from '../../adapters/postgres/announcement.ts'
import { coalesce } from '../../adapters/postgres/coalesce.ts'
import { PerKeyQueue } from '../../adapters/postgres/per-key-queue.ts'
import type { LocatedPeer, SessionsTable } from '../../adapters/postgres/sessions.ts'
import { isClientId } from '../../delivery/notification.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Identity } from './identity.ts'

/** Held polls lose nothing by a longer wait, and a balancer that has lost an instance sends ten thousand at once. */
const rushMs = 60

interface Needs {
  readonly table: SessionsTable
  readonly identity: Identity
  readonly clock: Clock
  readonly log: { warn(fields: object, sentence: string): void }
}

/**
 * The sessions table as this instance uses it: the calls of the same couple of milliseconds share a statement, and the
 * statements on one client run in the order of the calls.
 */
export class SessionRecords {
  readonly #needs: Needs
  readonly #inOrder = new PerKeyQueue()
  readonly #recordOne: (clientId: string) => Promise<Recorded | undefined>
  readonly #removeOne: (clientId: string) => Promise<undefined>
  readonly #findOne: (clientId: string) => Promise<LocatedPeer | undefined>
  /** When each client was recorded here last, by the database's clock; without those that have left. */
  readonly #recordedAt = new Map<string, number>()

  constructor(needs: Needs) {
    this.#needs = needs
    const { clock, table } = needs
    this.#recordOne = coalesce(clock, (clientIds) => this.#record(clientIds), { rushMs })
    this.#removeOne = coalesce<undefined>(clock, (clientIds) => this.#remove(clientIds), { rushMs })
    this.#findOne = coalesce(clock, (clientIds) => table.find(clientIds))
  }

  /** Records that the client is here; resolves, when that is committed, with the instance that it came from. */
  async record(clientId: string): Promise<Recorded> {
    if (!isStorable(clientId)) {
      throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'The client id cannot be recorded' })
    }
    const recorded = await this.#inOrder.run(clientId, () => this.#recordOne(clientId))
    if (recorded === undefined) throw new Refusal('ERROR_DB_UNEXPECTED_ERROR')
    return recorded
  }

  async #record(clientIds: readonly string[]): Promise<ReadonlyMap<string, Recorded | Error>> {
    const outcomes = await this.#recordUnderLiveTerm(clientIds)
    for (const [clientId, outcome] of outcomes) {
      if (!(outcome instanceof Error)) this.#recordedAt.set(clientId, outcome.recordedAt)
    }
    return outcomes
  }

  /** An instance that was taken for dead records its clients under its next id, as soon as it has joined under that. */
  async #recordUnderLiveTerm(clientIds: readonly string[]): Promise<ReadonlyMap<string, Recorded | Error>> {
    const { table, identity } = this.#needs
    const { term } = identity
    try {
      return await table.record(term, clientIds)
    } catch (error) {
      if (!(error instanceof InstanceDead)) throw error
      await identity.lost(term).catch((cause: unknown) => {
        // The next term needs a queue of its own, and the queue service fails in ways of its own.
        throw cause instanceof Refusal ? cause : new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause })
      })
      return table.record(identity.term, clientIds)
    }
  }

  /** Removes the record if it still says "here". Never rejects: a record that stays is corrected by a heartbeat. */
  async forget(clientId: string): Promise<void> {
    if (!isStorable(clientId)) return
    await this.#inOrder.run(clientId, () => {
      this.#recordedAt.delete(clientId)
      return this.#removeOne(clientId)
    })
  }

  async #remove(clientIds: readonly string[]): Promise<ReadonlyMap<string, undefined>> {
    const { table, identity, log } = this.#needs
    await table.remove(identity.term, clientIds).catch((err: unknown) => {
      log.warn({ err, clients: clientIds.length }, 'sessions stay recorded here after their clients have left')
    })
    return new Map()
  }

  /**
   * The client was recorded at another instance at that time of the database's clock. Returns whether it has left here:
   * false when it has been recorded here since, so that a word which was slow on its way changes nothing.
   */
  hasLeft(clientId: string, recordedElsewhereAt: number): boolean {
    const recordedAt = this.#recordedAt.get(clientId)
    if (recordedAt !== undefined && recordedAt > recordedElsewhereAt) return false
    this.#recordedAt.delete(clientId)
    return true
  }

  /** Returns the live instance that has the client, or null. Rejects when the database does not answer. */
  async find(clientId: string): Promise<LocatedPeer | null> {
    return isStorable(clientId) ? ((await this.#findOne(clientId)) ?? null) : null
  }

  /** The same for many; clients that are at no live instance are missing. */
  async findMany(clientIds: Iterable<string>): Promise<Map<string, LocatedPeer>> {
    const found = new Map<string, LocatedPeer>()
    const look = async (clientId: string) => {
      const peer = await this.find(clientId)
      if (peer !== null) found.set(clientId, peer)
    }
    await Promise.all(Array.from(new Set(clientIds), look))
    return found
  }

  /** Returns how many sessions are recorded here. */
  count(): Promise<number> {
    return this.#needs.table.count(this.#needs.identity.id)
  }

  /** Returns the clients whose sessions are recorded here. */
  list(): Promise<string[]> {
    return this.#needs.table.list(this.#needs.identity.id)
  }
}

/** A lone surrogate is no character: the database refuses the statement that carries it. */
function isStorable(clientId: string): boolean {
  return isClientId(clientId) && clientId.isWellFormed()
}
