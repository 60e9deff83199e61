import { type WrittenMessage, writeMessage } from '../../../src/adapters/sqs/written-message.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import type { Receipt } from '../../../src/delivery/receipt.ts'
import { Account } from '../account.ts'
import { deadAfterMs, heartbeatMs, throughIntake } from '../bounds.ts'
import type { InstanceQueueCore } from '../core.ts'
import type { Instance, Realm, Start } from '../realm.ts'
import type { World } from '../world.ts'
import { InstanceQueueInstance, type InstanceQueueRealm } from './instance.ts'
import { lookUp } from './look-ups.ts'
import { type Entrance, Publisher } from './publisher.ts'
import { type StatementFaults, Tables } from './tables.ts'

/** A process that has taken over an id keeps the sessions of the earlier process for at least so long. */
const inheritsMs = 39_000

/** Mode 1: a queue for each instance, and tables that all of them share. */
export class InstanceQueues extends Account implements Realm, InstanceQueueRealm, Entrance {
  readonly core: InstanceQueueCore
  readonly tables: Tables
  /** Until an instance is taken for dead, until the others hear of it at a heartbeat, and until they drain its queue. */
  readonly settlingMs = deadAfterMs + 3 * heartbeatMs
  readonly #instances: InstanceQueueInstance[] = []
  /** Whether each instance has an id and a queue that its settings give, which its successor takes over. */
  readonly #haveFixedIds: boolean

  constructor(world: World, core: InstanceQueueCore, { seed, ...faults }: StatementFaults & { readonly seed: number }) {
    super(world)
    this.core = core
    this.tables = new Tables(world, faults)
    this.#haveFixedIds = seed % 4 === 3
  }

  // ── instances ──

  start(start: Start): Instance {
    const fixedId = this.#haveFixedIds ? (this.#named(start.before)?.id ?? `f-${start.number}`) : null
    if (fixedId !== null) this.make(fixedId)
    const instance = new InstanceQueueInstance(this, start, fixedId)
    this.#instances.push(instance)
    return instance
  }

  hasSuccessor(instance: Instance): boolean {
    const id = this.#named(instance)?.id
    return this.#instances.some((one) => one.id === id && one.name !== instance.name && one.process.alive)
  }

  #named(instance: Pick<Instance, 'name'> | null): InstanceQueueInstance | undefined {
    return this.#instances.find(({ name }) => name === instance?.name)
  }

  /** The process that has the row of this id. */
  instanceOf(id: string): InstanceQueueInstance | undefined {
    return this.#instances.find(
      (instance) => instance.id === id && this.tables.live(id)?.relayKey === instance.relayKey,
    )
  }

  /**
   * The process that holds a poll of the client which this one is about to forget: itself, its successor under its id, or
   * an earlier process under its id, whose clients it has only just inherited.
   */
  holderBeside(owner: Pick<Instance, 'name'>, clientId: string): InstanceQueueInstance | null {
    const self = this.#named(owner)
    if (self === undefined) return null
    const current = this.instanceOf(self.id)
    const inherits = !self.wasRecorded(clientId) && this.world.now - self.joinedAt < inheritsMs
    const mayHold = ({ id, process }: InstanceQueueInstance) => inherits && id === self.id && process.alive
    const isAsked = (one: InstanceQueueInstance) => one === self || one === current || mayHold(one)
    return this.#instances.find((one) => isAsked(one) && one.holdsLive(clientId)) ?? null
  }

  instanceAt(address: string): InstanceQueueInstance | undefined {
    return this.#instances.find((instance) => instance.address === address)
  }

  died(instance: Instance): void {
    const relayKey = this.#named(instance)?.relayKey
    for (const [clientId, recorded] of this.tables.lastRecorded) {
      if (recorded.relayKey === relayKey) this.tables.lastRecorded.delete(clientId)
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

  /** The instances that take requests. */
  get open(): InstanceQueueInstance[] {
    return this.#instances.filter(({ open }) => open)
  }

  /** To where the client is recorded, or, with a stale look-up, to any queue. */
  publish(addressee: string): void {
    const { world, tables } = this
    if (world.random.chance(throughIntake)) return this.#sent(this.toIntake(addressee))
    const peer = world.random.chance(world.trouble / 2) ? null : tables.find(addressee)
    const queue = this.queue(peer?.queueUrl ?? world.random.pick(tables.lookedUp))
    if (queue === null) return
    const notification = world.draft(addressee)
    world.ledger.accepted(notification)
    queue.send(notification, writeMessage(notification))
    this.#sent(notification)
  }

  #sent(notification: Notification): void {
    if (this.world.hasReceipts) lookUp(this, notification)
  }

  /** To any instance: 202 is said when the row is there. */
  post(addressee: string): void {
    const { world } = this
    if (world.hasReceipts) return this.#postAsking(world.draft(addressee))
    const instance = world.random.pick(this.open)
    instance?.process.io(() => {
      const { id, subject, body, contentType, correlationId, expiresAt = null } = world.draft(addressee)
      const { publishing, dispatcher } = instance.gateway
      publishing
        .insert({
          id,
          addressee,
          subject,
          body,
          contentType,
          correlationId,
          expiresAt,
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

  #postAsking(notification: Notification): void {
    new Publisher(this, notification).ask()
    lookUp(this, notification)
  }

  // ── observations ──

  heal(): void {}

  get waiting(): Notification[] {
    return [...this.queued, ...Array.from(this.tables.pending.values(), ({ notification }) => notification)]
  }

  receiptOf({ addressee, id }: Notification): Receipt | null {
    return this.tables.findReceipt(addressee, id)
  }

  /** A notification that nobody awaits stays in the table, and becomes a dead letter in a queue. */
  get isEmpty(): boolean {
    if (this.queued.length > 0 || this.tables.receipts.unsent > 0) return false
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
    const taken = this.#instances.filter(
      ({ id, relayKey, process }) => process.alive && this.tables.isTaken({ id, relayKey }),
    )
    look('processes under an id that another has taken over', taken.length)
  }
}
