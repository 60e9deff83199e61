import type { Notification } from '../../../src/delivery/notification.ts'
import { deadAfterMs, heartbeatMs } from '../bounds.ts'
import type { InstanceQueueCore } from '../core.ts'
import { FakeQueue } from '../fake-queue.ts'
import type { Instance, Realm } from '../realm.ts'
import type { World } from '../world.ts'
import { PendingTable } from './fake-store.ts'
import { InstanceQueueInstance } from './instance.ts'
import { SessionTable } from './session-table.ts'

/** Faults of what is around the core. */
export interface InstanceQueueFaults {
  /** The statement that removes a session does not look whose it is. */
  readonly forgetsOthers?: boolean
  /** An instance that is told something answers before what was acknowledged is deleted. */
  readonly answersEarly?: boolean
}

/** Mode 1: a queue for each instance, and tables that all of them share. */
export class InstanceQueues implements Realm {
  readonly world: World
  readonly core: InstanceQueueCore
  readonly table: SessionTable
  readonly pending = new PendingTable()
  readonly answersEarly: boolean
  /** Longer than it takes to be taken for dead, and to hear of it at some heartbeat. */
  readonly settlingMs = deadAfterMs + 2 * heartbeatMs
  readonly #queues = new Map<string, FakeQueue>()
  readonly #instances: InstanceQueueInstance[] = []

  constructor(
    world: World,
    core: InstanceQueueCore,
    { forgetsOthers = false, answersEarly = false }: InstanceQueueFaults,
  ) {
    this.world = world
    this.core = core
    this.table = new SessionTable(world, forgetsOthers)
    this.answersEarly = answersEarly
  }

  // ── instances ──

  start(number: number): Instance {
    const instance = new InstanceQueueInstance(this, number)
    this.#instances.push(instance)
    return instance
  }

  instanceOf(id: string): InstanceQueueInstance | undefined {
    return this.#instances.find((instance) => instance.id === id)
  }

  died({ name }: Instance): void {
    const id = this.#instances.find((instance) => instance.name === name)?.id
    for (const [clientId, { instanceId }] of this.table.lastRecorded) {
      if (instanceId === id) this.table.lastRecorded.delete(clientId)
    }
  }

  /** The queue of the instance of this id; made when it is not there. */
  queueFor(id: string): FakeQueue {
    const url = `queue of ${id}`
    const queue = this.#queues.get(url) ?? new FakeQueue(this.world, url)
    this.#queues.set(url, queue)
    return queue
  }

  queue(url: string): FakeQueue | undefined {
    return this.#queues.get(url)
  }

  // ── publishers ──

  /** To where the client is recorded, or, with a stale look-up, to any queue. */
  publish(addressee: string): void {
    const { world, table } = this
    const place = world.random.chance(world.trouble / 2) ? null : table.find(addressee)
    const queue = this.queue(place?.queueUrl ?? world.random.pick(table.queueUrls) ?? '')
    queue?.send(this.#accept(addressee), 0)
  }

  /** To any instance: 202 is said when the row is there. */
  post(addressee: string): void {
    const { world } = this
    const instance = world.random.pick(this.#instances.filter(({ open }) => open))
    instance?.process.io(() => {
      void world
        .call(instance.process, () => this.pending.insert(this.#accept(addressee)))
        .then(
          (row) => instance.dispatcher.dispatch(row),
          // The caller is answered 503 and asks again or not; what was stored is delivered all the same.
          () => {},
        )
    })
  }

  #accept(addressee: string): Notification {
    const notification = this.world.draft(addressee)
    this.world.ledger.accepted(notification)
    return notification
  }

  // ── what is looked at ──

  heal(): void {}

  get waiting(): Notification[] {
    const waiting = Array.from(this.pending.rows.values(), ({ notification }) => notification)
    for (const queue of this.#queues.values()) for (const { notification } of queue.messages) waiting.push(notification)
    return waiting
  }

  /** What nobody awaits stays in the table, and becomes a dead letter in a queue. */
  get isEmpty(): boolean {
    for (const queue of this.#queues.values()) if (queue.size > 0) return false
    for (const { notification } of this.pending.rows.values()) {
      if (this.world.isAwaited(notification.addressee)) return false
    }
    return true
  }

  check(): void {
    for (const [clientId, { instanceId }] of this.table.lastRecorded) {
      if (this.table.isLive(instanceId) && this.table.find(clientId)?.instanceId !== instanceId) {
        this.world.ledger.violate(7, `${clientId} was recorded at another instance than it is found at`)
      }
    }
  }

  lookAtRests(look: (what: string, count: number) => void): void {
    look('sessions', this.table.size)
  }
}
