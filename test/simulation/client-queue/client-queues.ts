import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { writeMessage } from '../../../src/adapters/sqs/envelope.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import { givenBackMs, visibilityMs } from '../bounds.ts'
import type { ClientQueueCore } from '../core.ts'
import { FakeQueue } from '../fake-queue.ts'
import { nameOf } from '../fate.ts'
import type { Instance, Realm } from '../realm.ts'
import { clientIds, type Schedule } from '../schedule.ts'
import type { World } from '../world.ts'
import { Caller } from './caller.ts'
import { ClientQueueInstance } from './instance.ts'
import { baseUrl, deadLetterUrl, folder, prefix } from './names.ts'

/** Between two looks at who holds what. Milliseconds. */
const lookEveryMs = 250

/** Mode 2: a queue for each client, and nothing else that instances share. */
export class ClientQueues implements Realm {
  readonly world: World
  readonly core: ClientQueueCore
  readonly autoCreate: boolean
  /** Whoever waits for a queue looks again at least so often. */
  readonly settlingMs = 10_000
  readonly #queues = new Map<string, FakeQueue>()
  readonly #instances: ClientQueueInstance[] = []
  /** Put into a queue that is not its addressee's. */
  readonly #misplaced = new Set<string>()

  constructor(world: World, core: ClientQueueCore, { late, autoCreate }: Pick<Schedule, 'late' | 'autoCreate'>) {
    this.world = world
    this.core = core
    this.autoCreate = autoCreate
    for (const [i, clientId] of clientIds.entries()) {
      const name = `${prefix}-${clientId}`
      if ((late[i] ?? 0) === 0) this.make(name)
      else world.after(late[i] ?? 0, () => this.make(name))
    }
    this.#lookLater()
  }

  // ── instances ──

  start(number: number): Instance {
    const instance = new ClientQueueInstance(this, number)
    this.#instances.push(instance)
    return instance
  }

  died(): void {}

  // ── queues ──

  queue(url: string | undefined): FakeQueue | null {
    return this.#queues.get(url ?? '') ?? null
  }

  make(name: string): void {
    const url = folder + name
    if (!this.#queues.has(url)) this.#queues.set(url, new FakeQueue(this.world, url))
  }

  /** Takes a message; false when there is no such queue. */
  send(message: {
    readonly QueueUrl: string | undefined
    readonly MessageBody: string | undefined
    readonly MessageAttributes?: Record<string, MessageAttributeValue> | undefined
  }): boolean {
    const { QueueUrl, MessageBody = '', MessageAttributes = {} } = message
    const notification = this.world.notification(nameOf({ body: MessageBody }))
    if (QueueUrl === deadLetterUrl) {
      const may = this.#misplaced.has(nameOf(notification))
      this.world.ledger.putAside(notification, may)
      return true
    }
    const queue = this.queue(QueueUrl)
    if (queue === null) return false
    this.#accept(notification)
    queue.send(notification, 0, { MessageBody, MessageAttributes })
    return true
  }

  /** From here on it is accepted, or there is one more of it. */
  #accept(notification: Notification): void {
    const { ledger } = this.world
    if (ledger.isAccepted(notification)) ledger.cause(notification, 'sent again')
    else ledger.accepted(notification)
  }

  // ── publishers ──

  /** To its addressee's queue; sometimes somebody computes the wrong one. */
  publish(addressee: string): void {
    const { world } = this
    const notification = world.draft(addressee)
    const isMisplaced = world.random.chance(world.trouble / 5)
    // Into one that somebody receives from, who then puts it aside.
    const owner = (isMisplaced ? world.random.pick(world.devices)?.clientId : null) ?? addressee
    if (owner !== addressee) this.#misplaced.add(nameOf(notification))
    this.send({ QueueUrl: `${baseUrl}-${owner}`, ...writeMessage(notification) })
  }

  /** As a publication, or to a callback URL; whoever gets no answer asks again, at whichever instance. */
  post(addressee: string): void {
    new Caller(this.world, this.#instances, this.world.draft(addressee)).ask()
  }

  // ── what is looked at ──

  heal(): void {
    for (const clientId of clientIds) this.make(`${prefix}-${clientId}`)
  }

  get waiting(): Notification[] {
    return [...this.#queues.values()].flatMap((queue) => Array.from(queue.messages, ({ notification }) => notification))
  }

  get isEmpty(): boolean {
    return this.waiting.every(({ addressee }) => !this.world.isAwaited(addressee))
  }

  #lookLater(): void {
    this.world.after(lookEveryMs, () => {
      this.check()
      this.#lookLater()
    })
  }

  /** In a calm world, what an instance is shown for a client that has left it goes back at once. */
  check(): void {
    for (const instance of this.#instances) {
      const { open, name } = instance
      if (!open) continue
      this.keepsNothing(instance, ({ addressee }, shownAt) => {
        const goneAt = instance.goneAt.get(addressee)
        return goneAt !== undefined && this.world.now - Math.max(goneAt, shownAt) > givenBackMs
          ? `${name} keeps it although its client has left`
          : null
      })
    }
  }

  /** Tells the ledger what this instance hides from all others, for the reason that is answered. */
  keepsNothing(
    { name, process }: ClientQueueInstance,
    reason: (notification: Notification, shownAt: number) => string | null,
  ): void {
    const { now, calm, tight, ledger } = this.world
    // A process that stood still lets go of what it cannot be sure of.
    if (!process.alive || !calm || tight || now - process.awakeSince < 2 * visibilityMs || process.paused) return
    for (const queue of this.#queues.values()) {
      for (const { holder, visibleAt, notification, shownAt } of queue.messages) {
        if (holder !== name || visibleAt <= now) continue
        const why = reason(notification, shownAt)
        if (why !== null) ledger.hidden(notification, why)
      }
    }
  }

  lookAtRests(look: (what: string, count: number) => void): void {
    for (const { name, process, sqs } of this.#instances) if (process.alive) look(`receives of ${name}`, sqs.receiving)
  }
}
