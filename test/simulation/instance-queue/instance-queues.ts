import { type WrittenMessage, writeMessage } from '../../../src/adapters/sqs/envelope.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import { Account } from '../account.ts'
import { deadAfterMs, heartbeatMs } from '../bounds.ts'
import type { InstanceQueueCore } from '../core.ts'
import type { Instance, Realm } from '../realm.ts'
import type { World } from '../world.ts'
import { InstanceQueueInstance } from './instance.ts'
import { Tables } from './tables.ts'

/** Faults of the statements, which are not played. */
export interface StatementFaults {
  /** The statement that removes a session does not look whose it is. */
  readonly forgetsOthers?: boolean
}

/** Mode 1: a queue for each instance, and tables that all of them share. */
export class InstanceQueues extends Account implements Realm {
  readonly core: InstanceQueueCore
  readonly tables: Tables
  /** Until an instance is taken for dead, until the others hear of it at a heartbeat, and until they drain its queue. */
  readonly settlingMs = deadAfterMs + 3 * heartbeatMs
  readonly #instances: InstanceQueueInstance[] = []

  constructor(world: World, core: InstanceQueueCore, { forgetsOthers = false }: StatementFaults) {
    super(world)
    this.core = core
    this.tables = new Tables(world, forgetsOthers)
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

  instanceAt(address: string): InstanceQueueInstance | undefined {
    return this.#instances.find((instance) => instance.address === address)
  }

  died({ name }: Instance): void {
    const id = this.#instances.find((instance) => instance.name === name)?.id
    for (const [clientId, { instanceId }] of this.tables.lastRecorded) {
      if (instanceId === id) this.tables.lastRecorded.delete(clientId)
    }
  }

  // ── queues ──

  override take(
    url: string | undefined,
    notification: Notification,
    written: WrittenMessage,
    instance: string,
  ): boolean {
    const queue = this.queue(url)
    if (queue === null) return false
    this.world.ledger.sentOn(instance, notification)
    queue.send(notification, written)
    return true
  }

  /** The other queue has it, and the instance keeps it as well: from here on there are two. */
  override unclear(notification: Notification): void {
    this.world.ledger.cause(notification, 'unclear forward')
  }

  // ── publishers ──

  /** To where the client is recorded, or, with a stale look-up, to any queue. */
  publish(addressee: string): void {
    const { world, tables } = this
    const peer = world.random.chance(world.trouble / 2) ? null : tables.find(addressee)
    const queue = this.queue(peer?.queueUrl ?? world.random.pick(tables.lookedUp))
    if (queue === null) return
    const notification = world.draft(addressee)
    world.ledger.accepted(notification)
    queue.send(notification, writeMessage(notification))
  }

  /** To any instance: 202 is said when the row is there. */
  post(addressee: string): void {
    const { world } = this
    const instance = world.random.pick(this.#instances.filter(({ open }) => open))
    instance?.process.io(() => {
      const { id, subject, body, contentType, correlationId } = world.draft(addressee)
      const { publishing, dispatcher } = instance.gateway
      publishing
        .insert({
          id,
          addressee,
          subject,
          body,
          contentType,
          correlationId,
          ttlSeconds: 3_600,
          encoding: null,
          sentAt: null,
        })
        .then(
          (outcome) => outcome.kind === 'stored' && void dispatcher.dispatch(outcome.row),
          // The caller is answered 503 and asks again or not; what was stored is delivered all the same.
          () => {},
        )
    })
  }

  // ── observations ──

  heal(): void {}

  get waiting(): Notification[] {
    return [...this.queued, ...Array.from(this.tables.pending.values(), ({ notification }) => notification)]
  }

  /** A notification that nobody awaits stays in the table, and becomes a dead letter in a queue. */
  get isEmpty(): boolean {
    if (this.queued.length > 0) return false
    for (const { notification } of this.tables.pending.values()) {
      if (this.world.isAwaited(notification.addressee)) return false
    }
    return true
  }

  check(): void {
    const { tables } = this
    for (const [clientId, { instanceId }] of tables.lastRecorded) {
      if (tables.live(instanceId) !== null && tables.find(clientId)?.id !== instanceId) {
        this.world.ledger.violate(7, `${clientId} was recorded at another instance than it is found at`)
      }
    }
  }

  lookAtRests(look: (what: string, count: number) => void): void {
    look('sessions', this.tables.sessionCount)
  }
}
