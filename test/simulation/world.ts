import type { Notification } from '../../src/delivery/notification.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { hopMs, lingersMs, maxLingerMs, roomyBytes, tightBytes } from './bounds.ts'
import { ClientQueues } from './client-queue/client-queues.ts'
import type { Core } from './core.ts'
import type { Device } from './device.ts'
import { nameOf } from './fate.ts'
import { InstanceQueues, type StatementFaults } from './instance-queue/instance-queues.ts'
import { Ledger } from './invariants.ts'
import type { Process } from './process.ts'
import { Random } from './random.ts'
import type { Instance, Realm } from './realm.ts'
import type { Schedule } from './schedule.ts'

export interface WorldOptions extends StatementFaults {
  readonly core: Core
}

/** Everything there is, from one seed. Its realm holds the differences between the modes. */
export class World {
  readonly random: Random
  readonly clock = new FakeClock(1_000)
  readonly ledger: Ledger
  readonly realm: Realm
  /** Whether memory for leases is scarce. */
  readonly tight: boolean
  readonly maxLeasedBytes: number
  readonly lingerMs: number
  /** How likely things go wrong by themselves: 0 … 1; 0 once the world heals. */
  trouble: number
  /** Whether nothing goes wrong but by the steps of the schedule. */
  readonly calm: boolean
  readonly devices: Device[] = []
  readonly instances: Instance[] = []
  readonly #notifications = new Map<string, Notification>()
  readonly #homes = new Map<string, Instance>()
  readonly #replaced = new Set<Instance>()
  #numbers = 0
  #stirred = false

  constructor(schedule: Schedule, { core, ...faults }: WorldOptions) {
    const { seed, trouble, tight } = schedule
    this.random = new Random(seed)
    this.calm = trouble === 0
    this.trouble = trouble
    this.tight = tight
    this.maxLeasedBytes = (tight ? this.random.pick(tightBytes[core.mode]) : null) ?? roomyBytes
    this.lingerMs = this.random.pick<number>(lingersMs[core.mode]) ?? maxLingerMs
    this.ledger = new Ledger(() => this.clock.now())
    this.realm =
      core.mode === 1 ? new InstanceQueues(this, core, { seed, ...faults }) : new ClientQueues(this, core, schedule)
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
      // Comes when every promise that was kept has been acted on.
      await new Promise(setImmediate)
    }
    if (!isOver()) this.clock.pass(Math.max(0, until - this.now))
  }

  /** How long a word travels. */
  hop(): number {
    const { random, trouble } = this
    return random.between(1, random.chance(trouble / 4) ? 20 * hopMs : hopMs)
  }

  /** The same for what may have to wait somewhere on its way. */
  slowHop(): number {
    const { random, trouble } = this
    return this.hop() + (random.chance(trouble / 4) ? random.between(0, 1_500) : 0)
  }

  /** A statement or call of a process: it may fail before it is done, or after, and takes its time. */
  call<T>(process: Process, perform: () => T): Promise<T> {
    const { random, trouble } = this
    const fails = random.chance(trouble / 4) ? random.pick(['before', 'after']) : null
    return new Promise((resolve, reject) => {
      this.after(this.slowHop(), () => {
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

  // ── contents ──

  /** As SQS names a message, and told apart by its beginning. */
  newKey(): string {
    return `${(++this.#numbers).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
  }

  isAwaited(clientId: string): boolean {
    return this.devices.some((device) => device.clientId === clientId)
  }

  /** When somebody first came to fetch what is for this client; infinity when nobody ever does. */
  awaitedSince(clientId: string): number {
    const own = this.devices.filter((device) => device.clientId === clientId)
    return Math.min(...own.map(({ joinedAt }) => joinedAt))
  }

  /** The notification that the books call so. */
  notification(name: string): Notification {
    const notification = this.#notifications.get(name)
    if (!notification) throw new Error(`there is no ${name}`)
    return notification
  }

  /** Starts an instance, perhaps in the place of another. */
  startInstance(before: Instance | null = null): void {
    this.instances.push(this.realm.start(this.instances.length + 1, before))
  }

  /** A deploy: the next instance starts, and this one is asked to leave. */
  replace(instance: Instance | undefined): void {
    if (instance === undefined) return
    this.startInstance(instance)
    // Its successor under the same id tells it.
    if (this.realm.hasSuccessor(instance)) return
    this.#replaced.add(instance)
    instance.stop()
  }

  instanceDied(instance: Instance): void {
    for (const wire of [...instance.wires]) wire.hostDied()
    instance.wires.clear()
    for (const [clientId, home] of this.#homes) if (home === instance) this.#homes.delete(clientId)
    this.realm.died(instance)
    if (!this.#replaced.has(instance) && !this.realm.hasSuccessor(instance))
      this.after(this.random.between(50, 1_500), () => this.startInstance(instance))
  }

  get openInstances(): Instance[] {
    return this.instances.filter(({ open }) => open)
  }

  /** From here on the balancer sends this client wherever it likes. */
  move(clientId: string): void {
    this.#homes.delete(clientId)
  }

  /** Where the balancer sends a poll: all of a client to one instance on good days, anywhere on others. */
  balance(clientId: string): Instance | null {
    const known = this.#homes.get(clientId)
    if (known?.open && !this.random.chance(2 * this.trouble)) return known
    const home = this.random.pick(this.openInstances) ?? null
    if (home) this.#homes.set(clientId, home)
    return home
  }

  /** A notification that somebody is about to send. */
  draft(addressee: string): Notification {
    const body = `${this.#notifications.size + 1}`
    const notification: Notification = {
      id: nameOf({ body }),
      addressee,
      subject: 'simulated',
      body,
      encoding: null,
      contentType: null,
      sentAt: '2026-01-01T00:00:00.000Z',
      correlationId: null,
    }
    this.#notifications.set(nameOf(notification), notification)
    return notification
  }
}
