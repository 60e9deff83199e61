import { deadAfterMs } from '../bounds.ts'
import type { World } from '../world.ts'

interface InstanceRow {
  readonly id: string
  readonly queueUrl: string
  heartbeatAt: number
  dead: boolean
}

/** The tables every instance shares: who lives, and where each client is. Each method is one committed statement. */
export class SessionTable {
  readonly #world: World
  readonly #instances = new Map<string, InstanceRow>()
  readonly #sessions = new Map<string, string>()
  /** Who recorded a client last: what a sender should find, kept apart from the rows on purpose. */
  readonly lastRecorded = new Map<string, { instanceId: string; at: number }>()
  /** A mutant of the statement: removes the row whoever it names. */
  readonly forgetsOthers: boolean

  constructor(world: World, forgetsOthers: boolean) {
    this.#world = world
    this.forgetsOthers = forgetsOthers
  }

  get size(): number {
    return this.#sessions.size
  }

  register(id: string, queueUrl: string): void {
    this.#instances.set(id, { id, queueUrl, heartbeatAt: this.#world.now, dead: false })
  }

  isLive(id: string): boolean {
    return this.#instances.get(id)?.dead === false
  }

  /** False: it was taken for dead. */
  heartbeat(id: string): boolean {
    const row = this.#instances.get(id)
    if (!row || row.dead) return false
    row.heartbeatAt = this.#world.now
    return true
  }

  /** Takes the silent for dead, with their sessions. */
  fence(): void {
    const { now } = this.#world
    for (const row of this.#instances.values()) if (now - row.heartbeatAt > deadAfterMs) this.markDead(row.id)
  }

  markDead(id: string): void {
    const row = this.#instances.get(id)
    if (!row || row.dead) return
    row.dead = true
    for (const [clientId, owner] of this.#sessions) if (owner === id) this.#sessions.delete(clientId)
    for (const [clientId, last] of this.lastRecorded) if (last.instanceId === id) this.lastRecorded.delete(clientId)
  }

  /** Every queue that a look-up could have named. */
  get queueUrls(): string[] {
    return Array.from(this.#instances.values(), ({ queueUrl }) => queueUrl)
  }

  /** The queues of the dead, for the survivors to drain. */
  deadQueues(): string[] {
    return [...this.#instances.values()].filter(({ dead }) => dead).map(({ queueUrl }) => queueUrl)
  }

  /** Records the client here; answers who had it before, or false when this instance is dead. */
  upsert(clientId: string, id: string): string | null | false {
    if (!this.isLive(id)) return false
    const previous = this.#sessions.get(clientId) ?? null
    this.#sessions.set(clientId, id)
    this.lastRecorded.set(clientId, { instanceId: id, at: this.#world.now })
    return previous === id ? null : previous
  }

  remove(clientId: string, id: string): void {
    const owner = this.#sessions.get(clientId)
    if (owner === undefined) return
    if (owner === id || this.forgetsOthers) this.#sessions.delete(clientId)
    if (this.lastRecorded.get(clientId)?.instanceId === id) this.lastRecorded.delete(clientId)
  }

  find(clientId: string): { instanceId: string; queueUrl: string } | null {
    const id = this.#sessions.get(clientId)
    const row = id === undefined ? undefined : this.#instances.get(id)
    return row && !row.dead ? { instanceId: row.id, queueUrl: row.queueUrl } : null
  }

  ownedBy(id: string): string[] {
    return [...this.#sessions].filter(([, owner]) => owner === id).map(([clientId]) => clientId)
  }
}
