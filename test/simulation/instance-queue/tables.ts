import type { PreviousOwner } from '../../../src/adapters/postgres/announcement.ts'
import type { DeadInstance, Registration, Self, Standing } from '../../../src/adapters/postgres/instances.ts'
import type { Expired } from '../../../src/adapters/postgres/purge.ts'
import type { LocatedPeer } from '../../../src/adapters/postgres/sessions.ts'
import type { NamedNotification } from '../../../src/delivery/intake/acknowledgement-waits.ts'
import type { EndedRow } from '../../../src/delivery/intake/pending.ts'
import { expiryOf, type Notification } from '../../../src/delivery/notification.ts'
import type { PendingRow } from '../../../src/delivery/ports.ts'
import type { Receipt } from '../../../src/delivery/receipt.ts'
import { purgedAfterMs } from '../bounds.ts'
import { nameOf } from '../fate.ts'
import type { World } from '../world.ts'
import { ReceiptsTable } from './receipts-table.ts'

/** Publishers send at once to the queue that they have looked up. */
const maxStaleMs = 2_000

interface InstanceRow extends Registration {
  heartbeatAt: number
  deadAt: number | null
  hadSessions: boolean
}

/** A process whose heartbeat is younger still lives. */
const recentMs = 15_000

interface SessionRow {
  readonly instanceId: string
  readonly recordedAt: number
  /** The process that has recorded it: several may live under one id, one after the other. */
  readonly relayKey: string
}

/** A stored notification. */
interface StoredRow {
  readonly notification: Notification
  readonly createdAt: Date
  deliveryCount: number
  handedOverAt: Date | null
}

/** Faults of the statements, which are not played. */
export interface StatementFaults {
  /** The statement that removes a session does not look whose it is. */
  readonly forgetsOthers?: boolean
  /** The statements do not look whether another process has taken over the id. */
  readonly ignoresKeys?: boolean
  /** The statement that notes a state of a receipt does not look whether that has ended. */
  readonly forgetsEnds?: boolean
}

/** The tables that all instances share. Each method is one committed statement. */
export class Tables {
  readonly #world: World
  readonly #instances = new Map<string, InstanceRow>()
  readonly #sessions = new Map<string, SessionRow>()
  readonly pending = new Map<string, StoredRow>()
  readonly receipts: ReceiptsTable
  readonly #ids = new Set<string>()
  /** The instance that recorded each client last: what a sender should find, kept apart from the rows on purpose. */
  readonly lastRecorded = new Map<string, SessionRow>()
  /** A fault of the statement: removes the session whatever instance it names. */
  readonly #forgetsOthers: boolean

  /** A fault of the statements: they do not look whether another process has taken over the id. */
  readonly #ignoresKeys: boolean

  constructor(world: World, { forgetsOthers = false, ignoresKeys = false, ...faults }: StatementFaults) {
    this.#world = world
    this.receipts = new ReceiptsTable(world, faults)
    this.#forgetsOthers = forgetsOthers
    this.#ignoresKeys = ignoresKeys
  }

  // ── instances ──

  /** Returns the process that lives under the id and is taken over, or null. */
  register(row: Registration): Registration | null {
    const earlier = this.#instances.get(row.id)
    const isOther = earlier !== undefined && earlier.relayKey !== row.relayKey
    const lives = isOther && earlier.deadAt === null && this.#world.now - earlier.heartbeatAt < recentMs
    if (isOther && !lives) this.#removeSessionsOf(row.id)
    const { hadSessions = false } = earlier ?? {}
    this.#instances.set(row.id, { ...row, heartbeatAt: this.#world.now, deadAt: null, hadSessions })
    return lives ? earlier : null
  }

  /** Whether the row of this id is that of the process. */
  isHeldBy({ id, relayKey }: Self): boolean {
    const row = this.#instances.get(id)
    return row !== undefined && (this.#ignoresKeys || row.relayKey === relayKey)
  }

  live(id: string): Registration | null {
    const row = this.#instances.get(id)
    return row?.deadAt === null ? row : null
  }

  /** Whether another process has taken over the id. */
  isTaken({ id, relayKey }: Self): boolean {
    const row = this.#instances.get(id)
    return row !== undefined && row.relayKey !== relayKey
  }

  heartbeat(self: Self): Standing {
    const row = this.#instances.get(self.id)
    if (this.isTaken(self)) return 'superseded'
    if (row?.deadAt !== null) return 'dead'
    row.heartbeatAt = this.#world.now
    return 'live'
  }

  /** Takes the silent for dead, with their sessions. */
  fence(afterMs: number): void {
    for (const { id, heartbeatAt } of this.#instances.values()) {
      if (this.#world.now - heartbeatAt > afterMs) this.markDead(id)
    }
  }

  markDead(id: string): void {
    const row = this.#instances.get(id)
    if (row?.deadAt !== null) return
    row.deadAt = this.#world.now
    this.#removeSessionsOf(id)
  }

  #removeSessionsOf(id: string): void {
    for (const [clientId, { instanceId }] of this.#sessions) if (instanceId === id) this.#sessions.delete(clientId)
    for (const [clientId, { instanceId }] of this.lastRecorded)
      if (instanceId === id) this.lastRecorded.delete(clientId)
  }

  get dead(): DeadInstance[] {
    const { now } = this.#world
    const dead: DeadInstance[] = []
    for (const row of this.#instances.values()) {
      if (row.deadAt === null) continue
      const [startedAt, heartbeatAt, deadAt] = [new Date(0), new Date(row.heartbeatAt), new Date(row.deadAt)]
      dead.push({ ...row, startedAt, heartbeatAt, deadAt, deadForMs: now - row.deadAt })
    }
    return dead
  }

  remove(id: string): void {
    if (this.#instances.get(id)?.deadAt !== null) this.#instances.delete(id)
  }

  /** Every queue that a look-up named or could have named a moment ago. */
  get lookedUp(): string[] {
    const isRecent = ({ hadSessions, deadAt }: InstanceRow) =>
      hadSessions && (deadAt === null || this.#world.now - deadAt < maxStaleMs)
    return [...this.#instances.values()].filter(isRecent).map(({ queueUrl }) => queueUrl)
  }

  // ── sessions ──

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** Records the client at a live instance; returns the instance that had it before. */
  record(clientId: string, { id: instanceId, relayKey }: Self): PreviousOwner | null {
    const before = this.#sessions.get(clientId)?.instanceId
    const row = { instanceId, recordedAt: this.#world.now, relayKey }
    const owner = this.#instances.get(instanceId)
    if (owner !== undefined) owner.hadSessions = true
    this.#sessions.set(clientId, row)
    this.lastRecorded.set(clientId, row)
    const previous = before === undefined || before === instanceId ? undefined : this.#instances.get(before)
    return previous === undefined ? null : { ...previous, live: previous.deadAt === null }
  }

  forget(clientId: string, self: Self): void {
    const { id } = self
    const owner = this.#sessions.get(clientId)?.instanceId
    if (owner === undefined || !this.isHeldBy(self)) return
    if (owner === id || this.#forgetsOthers) this.#sessions.delete(clientId)
    const last = this.lastRecorded.get(clientId)
    if (last?.instanceId === id && (last.relayKey === self.relayKey || !this.#ignoresKeys))
      this.lastRecorded.delete(clientId)
  }

  find(clientId: string): LocatedPeer | null {
    const session = this.#sessions.get(clientId)
    const row = session === undefined ? null : this.live(session.instanceId)
    return session === undefined || row === null ? null : { ...row, recordedAt: session.recordedAt }
  }

  at(id: string): string[] {
    return [...this.#sessions].filter(([, { instanceId }]) => instanceId === id).map(([clientId]) => clientId)
  }

  // ── pending notifications ──

  /** Whether the row is there and has not expired, as statements look. */
  isStored(key: string): boolean {
    const row = this.pending.get(key)
    return row !== undefined && expiryOf(row.notification) > this.#world.timeOfDay
  }

  /** Removes the rows that expired so long ago that no lease on them lasts. */
  purge(): Expired[] {
    const { timeOfDay, ledger } = this.#world
    const purged: Expired[] = []
    for (const [id, { notification, deliveryCount }] of this.pending) {
      if (expiryOf(notification) > timeOfDay - purgedAfterMs) continue
      this.pending.delete(id)
      ledger.purged(notification)
      this.#keepReceipt({ notification, deliveryCount }, null)
      const { addressee: clientId, subject } = notification
      purged.push({ id, clientId, subject, createdAt: new Date(0), senderExpires: true })
    }
    return purged
  }

  /** Whether a notification of this id was stored, however long ago. */
  isKnown(notification: Notification): boolean {
    return this.#ids.has(nameOf(notification))
  }

  insert(notification: Notification): PendingRow {
    // A row has a key of its own: the id may be that of another client's notification too.
    const key = nameOf(notification)
    const createdAt = new Date(this.#world.timeOfDay)
    this.#ids.add(key)
    this.pending.set(key, { notification, createdAt, deliveryCount: 0, handedOverAt: null })
    return { key, notification, deliveryCount: 1 }
  }

  /** Reads as many of the wanted rows as a page has. */
  readPage(wanted: (key: string, addressee: string) => boolean, pageSize: number) {
    let seen = 0
    const rows = this.readPending((key, addressee) => wanted(key, addressee) && ++seen <= pageSize)
    return { rows, more: seen > pageSize }
  }

  readPending(wanted: (key: string, addressee: string) => boolean): PendingRow[] {
    const found: PendingRow[] = []
    for (const [key, row] of this.pending) {
      if (!this.isStored(key) || !wanted(key, row.notification.addressee)) continue
      row.deliveryCount += 1
      found.push({ key, notification: row.notification, deliveryCount: row.deliveryCount })
    }
    return found
  }

  waitingAt(id: string): { key: string; clientId: string }[] {
    const here = new Set(this.at(id))
    return Array.from(this.pending, ([key, { notification }]) => ({ key, clientId: notification.addressee })).filter(
      ({ key, clientId }) => here.has(clientId) && this.isStored(key),
    )
  }

  deletePending(key: string): void {
    const row = this.pending.get(key)
    if (!row) return
    this.pending.delete(key)
    this.#world.ledger.deleted(row.notification)
  }

  // ── receipts ──

  /** Deletes the row and keeps its receipt. */
  endPending({ key, by, deliveryCount }: EndedRow): void {
    const row = this.pending.get(key)
    if (row === undefined) return
    this.deletePending(key)
    this.#keepReceipt({ ...row, deliveryCount: Math.max(row.deliveryCount, deliveryCount) }, by)
  }

  #keepReceipt({ notification, deliveryCount }: Pick<StoredRow, 'notification' | 'deliveryCount'>, by: EndedRow['by']) {
    const { addressee, id, receipt } = notification
    if (receipt) this.receipts.keep({ addressee, id, by, deliveryCount, to: receipt.to })
  }

  noteHandedOver(key: string): void {
    const row = this.pending.get(key)
    if (row !== undefined) row.handedOverAt ??= new Date(this.#world.timeOfDay)
  }

  /** Returns the receipt of a stored notification, or else that of one that has ended. */
  findReceipt(addressee: string, id: string): Receipt | null {
    const row = this.#pendingOf(addressee, id)
    const isExpired = row !== null && expiryOf(row.notification) <= this.#world.timeOfDay
    if (row === null || (isExpired && !row.notification.receipt)) return this.receipts.find({ addressee, id })
    const { deliveryCount, createdAt, handedOverAt, notification } = row
    const known = { id, addressee, deliveryCount, by: null }
    // A client that was handed it may still acknowledge it.
    if (isExpired && handedOverAt === null)
      return { ...known, state: 'expired', since: new Date(expiryOf(notification)) }
    return { ...known, state: handedOverAt === null ? 'pending' : 'handed-over', since: handedOverAt ?? createdAt }
  }

  #pendingOf(addressee: string, id: string): StoredRow | null {
    const name = this.#world.addressed(addressee, id)
    return (name === null ? null : this.pending.get(nameOf(name))) ?? null
  }

  isAcknowledged({ addressee, id }: NamedNotification): boolean {
    if (this.#pendingOf(addressee, id) !== null) return false
    return this.receipts.find({ addressee, id })?.state === 'acknowledged'
  }
}
