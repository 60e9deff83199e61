import type { Notification } from '../../src/delivery/notification.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { hopMs } from './bounds.ts'
import type { Core } from './core.ts'
import type { Device } from './device.ts'
import { FakeQueue } from './fake-queue.ts'
import { PendingTable } from './fake-store.ts'
import { Instance } from './instance.ts'
import { Ledger } from './invariants.ts'
import type { Process } from './process.ts'
import { Random } from './random.ts'
import { SessionTable } from './session-table.ts'

/** More turns of the microtask queue than any chain of promises in the core is long. */
const mostTurns = 12

/** Everything there is, from one seed. */
export class World {
  readonly core: Core
  readonly random: Random
  readonly clock = new FakeClock(1_000)
  readonly ledger: Ledger
  readonly table: SessionTable
  readonly pending = new PendingTable()
  /** Whether memory for leases is scarce. */
  readonly tight: boolean
  /** How likely things go wrong by themselves: 0 … 1; 0 once the world heals. */
  trouble: number
  readonly devices: Device[] = []
  readonly instances: Instance[] = []
  readonly #queues = new Map<string, FakeQueue>()
  readonly #notifications = new Map<string, Notification>()
  readonly #homes = new Map<string, Instance>()
  #numbers = 0
  #stirred = false

  constructor(options: { core: Core; seed: number; trouble: number; tight: boolean; forgetsOthers: boolean }) {
    this.core = options.core
    this.random = new Random(options.seed)
    this.trouble = options.trouble
    this.tight = options.tight
    this.ledger = new Ledger(() => this.clock.now())
    this.table = new SessionTable(this, options.forgetsOthers)
  }

  get now(): number {
    return this.clock.now()
  }

  // ── time ──

  after(ms: number, wake: () => void): () => void {
    return this.clock.after(ms, wake)
  }

  /** Promises may have been kept: their followers are due before time goes on. */
  stir(): void {
    this.#stirred = true
  }

  /** Lets time pass, until then or until `isOver`. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const until = this.now + ms
    while (!isOver() && (this.clock.next ?? Number.POSITIVE_INFINITY) <= until) {
      this.clock.step()
      if (!this.#stirred) continue
      this.#stirred = false
      for (let i = 0; i < mostTurns; i++) await undefined
    }
    if (!isOver()) this.clock.pass(Math.max(0, until - this.now))
  }

  /** How long a word travels. */
  hop(): number {
    const { random, trouble } = this
    return random.between(1, random.chance(trouble / 4) ? 20 * hopMs : hopMs)
  }

  /** A statement or call of a process: it may fail before it is done, or after, and takes its time. */
  call<T>(process: Process, perform: () => T): Promise<T> {
    const { random, trouble } = this
    const slow = random.chance(trouble / 4) ? random.between(0, 1_500) : 0
    const fails = random.chance(trouble / 4) ? random.pick(['before', 'after']) : null
    return new Promise((resolve, reject) => {
      this.after(this.hop() + slow, () => {
        let result: T | undefined
        const work = () => {
          result = perform()
        }
        if (fails !== 'before' && !process.effect(work)) return
        const settle = () => (fails ? reject(new Error(`failed ${fails} its commit`)) : resolve(result as T))
        this.after(this.hop(), () => process.io(settle))
      })
    })
  }

  // ── what there is ──

  newId(): string {
    return `${(++this.#numbers).toString(16)}-a`
  }

  newKey(): string {
    return `message ${++this.#numbers}`
  }

  newQueue(id: string): FakeQueue {
    const queue = new FakeQueue(this, `queue of ${id}`)
    this.#queues.set(queue.url, queue)
    return queue
  }

  queue(url: string): FakeQueue | undefined {
    return this.#queues.get(url)
  }

  /** Ids of everything that is in a queue. */
  get queued(): Set<string> {
    const ids = new Set(this.pending.rows.keys())
    for (const queue of this.#queues.values()) for (const { notification } of queue.messages) ids.add(notification.id)
    return ids
  }

  /** Whether nothing is under way to anybody who polls. */
  get isEmpty(): boolean {
    for (const { notification } of this.pending.rows.values()) if (this.isAwaited(notification.addressee)) return false
    for (const queue of this.#queues.values()) if (queue.size > 0) return false
    return true
  }

  isAwaited(clientId: string): boolean {
    return this.devices.some((device) => device.clientId === clientId)
  }

  notification(id: string): Notification {
    const notification = this.#notifications.get(id)
    if (!notification) throw new Error(`there is no ${id}`)
    return notification
  }

  startInstance(): void {
    this.instances.push(new Instance(this, this.instances.length + 1))
  }

  instanceDied(instance: Instance): void {
    for (const [clientId, home] of this.#homes) if (home === instance) this.#homes.delete(clientId)
    this.after(this.random.between(50, 1_500), () => this.startInstance())
  }

  instanceOf(id: string): Instance | undefined {
    return this.instances.find((instance) => instance.id === id)
  }

  get openInstances(): Instance[] {
    return this.instances.filter(({ open }) => open)
  }

  /** Where the balancer sends a poll: all of a client to one instance on good days, anywhere on others. */
  balance(clientId: string): Instance | null {
    const known = this.#homes.get(clientId)
    if (known?.open && !this.random.chance(2 * this.trouble)) return known
    const home = this.random.pick(this.openInstances) ?? null
    if (home) this.#homes.set(clientId, home)
    return home
  }

  // ── publishers ──

  /** Sends to where the client is recorded, or, with a stale look-up, to any queue. From here on it is accepted. */
  publish(addressee: string): void {
    const place = this.random.chance(this.trouble / 2) ? null : this.table.find(addressee)
    const queue = this.queue(place?.queueUrl ?? '') ?? this.random.pick([...this.#queues.values()])
    queue?.send(this.#accept(addressee), 0)
  }

  /** Posts to any instance: 202 is said when the row is there. */
  post(addressee: string): void {
    const instance = this.random.pick(this.openInstances)
    instance?.process.io(() => {
      void this.call(instance.process, () => this.pending.insert(this.#accept(addressee))).then(
        (row) => instance.arrivals.arrived(row),
        // The caller is answered 503 and asks again or not; what was stored is delivered all the same.
        () => {},
      )
    })
  }

  #accept(addressee: string): Notification {
    const number = this.ledger.size + 1
    const notification: Notification = {
      id: `notification ${number}`,
      addressee,
      subject: 'simulated',
      body: `${number}`,
      encoding: null,
      contentType: null,
      sentAt: '2026-01-01T00:00:00.000Z',
      correlationId: null,
    }
    this.#notifications.set(notification.id, notification)
    this.ledger.accepted(notification)
    return notification
  }

  checkRecords(): void {
    for (const [clientId, { instanceId }] of this.table.lastRecorded) {
      if (this.table.isLive(instanceId) && this.table.find(clientId)?.instanceId !== instanceId) {
        this.ledger.violate(7, `${clientId} was recorded at ${instanceId} and is not found there`)
      }
    }
  }
}
