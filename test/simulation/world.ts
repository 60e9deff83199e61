import type { Notification } from '../../src/delivery/notification.ts'
import type { ReceiptRequest } from '../../src/delivery/receipt.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  expiringSeeds,
  hopMs,
  lingersMs,
  maxLingerMs,
  maxTtlMs,
  midnight,
  receiptQueue,
  receiptSeeds,
  roomyBytes,
  tightBytes,
} from './bounds.ts'
import { nameOf } from './fate.ts'
import { Ids } from './ids.ts'
import { Ledger } from './invariants.ts'
import { Random } from './random.ts'
import type { Schedule } from './schedule.ts'

/** A device as the world knows it: it may come for the notifications of its client. */
export interface Recipient {
  readonly clientId: string
  /** When it first came; infinity before. */
  readonly joinedAt: number
}

/** Time, chance, the network and the notifications of one run, from one seed. It knows neither instances nor queues. */
export class World {
  readonly random: Random
  readonly clock = new FakeClock(1_000)
  readonly ledger: Ledger
  /** Whether memory for leases is scarce. */
  readonly tight: boolean
  readonly maxLeasedBytes: number
  readonly lingerMs: number
  /** The scale of the probability of random faults, 0 … 1; 0 once the world heals. */
  trouble: number
  /** Whether only the steps of the schedule cause faults. */
  readonly calm: boolean
  readonly recipients: Recipient[] = []
  readonly #notifications = new Map<string, Notification>()
  /** Draws when notifications expire, apart from all other chance; null in a run without such notifications. */
  readonly #expiries: Random | null
  /** Draws who asks for receipts, apart from all other chance; null in a run in which nobody does. */
  readonly #receipts: Random | null
  readonly #ids = new Ids()
  #numbers = 0
  #stirred = false

  constructor(mode: 1 | 2, { seed, trouble, tight }: Pick<Schedule, 'seed' | 'trouble' | 'tight'>) {
    this.random = new Random(seed)
    const isExpiring = seed % expiringSeeds === 0 || seed % (2 * receiptSeeds) === 0
    this.#expiries = isExpiring ? new Random(~seed) : null
    this.#receipts = seed % receiptSeeds === 0 ? new Random(seed ^ 0x55555555) : null
    this.calm = trouble === 0
    this.trouble = trouble
    this.tight = tight
    this.maxLeasedBytes = (tight ? this.random.pick(tightBytes[mode]) : null) ?? roomyBytes
    this.lingerMs = this.random.pick<number>(lingersMs[mode]) ?? maxLingerMs
    this.ledger = new Ledger(() => this.clock.now(), { isStored: mode === 1 })
  }

  get now(): number {
    return this.clock.now()
  }

  /** Whether senders ask for receipts. */
  get hasReceipts(): boolean {
    return this.#receipts !== null
  }

  /** Milliseconds since 1970, by which notifications expire. */
  get timeOfDay(): number {
    return midnight + this.now
  }

  // ── time ──

  after(ms: number, wake: () => void): () => void {
    return this.clock.after(ms, wake)
  }

  /** Notes that promises may have settled: their callbacks run before time goes on. */
  stir(): void {
    this.#stirred = true
  }

  /** Lets `ms` milliseconds pass, or fewer if `isOver` returns true before. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const until = this.now + ms
    while (!isOver() && (this.clock.next ?? Number.POSITIVE_INFINITY) <= until) {
      this.clock.step()
      if (!this.#stirred) continue
      this.#stirred = false
      // Runs after the callbacks of all settled promises.
      await new Promise(setImmediate)
    }
    if (!isOver()) this.clock.pass(Math.max(0, until - this.now))
  }

  /** Draws the time in milliseconds that a packet travels. */
  hop(): number {
    const { random, trouble } = this
    return random.between(1, random.chance(trouble / 4) ? 20 * hopMs : hopMs)
  }

  /** Draws the time in milliseconds of a packet that may have to wait on its way. */
  slowHop(): number {
    const { random, trouble } = this
    return this.hop() + (random.chance(trouble / 4) ? random.between(0, 1_500) : 0)
  }

  // ── contents ──

  /** Returns an id such as SQS gives its messages. Ids differ in their first digits. */
  newKey(): string {
    return `${(++this.#numbers).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
  }

  /** Whether the client has a device. */
  isAwaited(clientId: string): boolean {
    return this.recipients.some((recipient) => recipient.clientId === clientId)
  }

  /** Returns when a device of this client first came; infinity when none ever does. */
  awaitedSince(clientId: string): number {
    const own = this.recipients.filter((recipient) => recipient.clientId === clientId)
    return Math.min(...own.map(({ joinedAt }) => joinedAt))
  }

  /** Returns the notification of this name in the ledger. Throws when there is none. */
  notification(name: string): Notification {
    const notification = this.#notifications.get(name)
    if (!notification) throw new Error(`there is no ${name}`)
    return notification
  }

  /** Returns when the next notification expires, as its sender says; null for never. */
  #expiry(): string | null {
    const chance = this.#expiries
    if (chance === null || chance.chance(0.5)) return null
    const ms = chance.between(0, chance.chance(0.5) ? maxTtlMs / 10 : maxTtlMs)
    return new Date(Math.floor(this.timeOfDay + ms)).toISOString()
  }

  /** Returns the notification that its sender knows by these names; null when there is none. */
  addressed(addressee: string, id: string): Notification | null {
    const name = this.#ids.find(addressee, id)
    return name === null ? null : this.notification(name)
  }

  /** The service has given the notification an id of its own, as it does with callbacks. */
  named(notification: Notification, id: string): void {
    this.#ids.add(notification.addressee, id, nameOf(notification))
  }

  /** Returns the receipt that the sender of the next notification asks for. */
  #receipt(): ReceiptRequest | null {
    const chance = this.#receipts
    if (chance === null || chance.chance(0.2)) return null
    return { to: chance.chance(0.6) ? receiptQueue : null }
  }

  /** Makes a notification that a sender is about to send. Those of callbacks never expire. */
  draft(addressee: string, way: 'callback' | 'any' = 'any'): Notification {
    const expiresAt = way === 'callback' ? null : this.#expiry()
    const receipt = this.#receipt()
    const body = `${this.#notifications.size + 1}`
    const name = nameOf({ body })
    const notification: Notification = {
      id: this.#ids.next(addressee, name, this.#receipts),
      addressee,
      subject: 'simulated',
      body,
      encoding: null,
      contentType: null,
      sentAt: '2026-01-01T00:00:00.000Z',
      correlationId: null,
      ...(expiresAt === null ? {} : { expiresAt }),
      ...(receipt === null ? {} : { receipt }),
    }
    this.#notifications.set(name, notification)
    return notification
  }
}
