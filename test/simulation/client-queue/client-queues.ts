import { type WrittenMessage, writeMessage } from '../../../src/adapters/sqs/written-message.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import { Account, deadLetterUrl, intakeUrl } from '../account.ts'
import { givenBackMs, throughIntake, visibilityMs } from '../bounds.ts'
import type { ClientQueueCore } from '../core.ts'
import { nameOf } from '../fate.ts'
import type { Instance, Realm, Start } from '../realm.ts'
import { clientIds, type Schedule } from '../schedule.ts'
import type { World } from '../world.ts'
import { Caller } from './caller.ts'
import { baseUrl, ClientQueueInstance, type ClientQueueRealm, prefix } from './instance.ts'

/** The time between two looks at the messages that instances hold. */
const lookEveryMs = 250

/** Mode 2: a queue for each client, and nothing else that instances share. */
export class ClientQueues extends Account implements Realm, ClientQueueRealm {
  readonly core: ClientQueueCore
  readonly autoCreate: boolean
  /** A client that waits for a queue looks again at least so often. */
  readonly settlingMs = 10_000
  readonly #instances: ClientQueueInstance[] = []
  /** The names of notifications that were put into the queue of another client. */
  readonly #misplaced = new Set<string>()

  constructor(world: World, core: ClientQueueCore, { late, autoCreate }: Pick<Schedule, 'late' | 'autoCreate'>) {
    super(world)
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

  hasSuccessor(): boolean {
    return false
  }

  start(start: Start): Instance {
    const instance = new ClientQueueInstance(this, start)
    this.#instances.push(instance)
    return instance
  }

  died(): void {}

  // ── queues ──

  override take(
    url: string | undefined,
    notification: Notification,
    written: WrittenMessage,
    instance: string,
  ): boolean {
    if (url === deadLetterUrl) {
      const may = this.#misplaced.has(nameOf(notification))
      this.world.ledger.putAside(notification, may)
      return true
    }
    const queue = this.queue(url)
    if (queue === null) return false
    if (this.isFromIntake(notification)) this.world.ledger.sentOn(instance, notification)
    else this.#accept(notification)
    this.world.named(notification, written.MessageAttributes.id?.StringValue ?? notification.id)
    queue.send(notification, written)
    return true
  }

  /** A caller asks again, and that is counted when it does. Of the intake queue there are two messages from here on. */
  override unclear(notification: Notification): void {
    if (this.isFromIntake(notification)) this.world.ledger.cause(notification, 'unclear forward')
  }

  /** Notes a notification as accepted, or as sent once more. */
  #accept(notification: Notification): void {
    const { ledger } = this.world
    if (ledger.isAccepted(notification)) ledger.cause(notification, 'sent again')
    else ledger.accepted(notification)
  }

  // ── publishers ──

  /** Sends to the queue of the addressee; now and then the sender computes the name of another client's queue. */
  publish(addressee: string): void {
    const { world } = this
    if (world.random.chance(throughIntake)) return void this.toIntake(addressee)
    const notification = world.draft(addressee)
    const isMisplaced = world.random.chance(world.trouble / 5)
    // Into one that somebody receives from, who then puts it aside.
    const owner = (isMisplaced ? world.random.pick(world.recipients)?.clientId : null) ?? addressee
    if (owner !== addressee) this.#misplaced.add(nameOf(notification))
    this.take(`${baseUrl}-${owner}`, notification, writeMessage(notification), 'a sender')
  }

  /** As a publication, or to a callback URL; whoever gets no answer asks again, at whichever instance. */
  post(addressee: string): void {
    new Caller(this.world, this.#instances, addressee).ask()
  }

  // ── observations ──

  heal(): void {
    for (const clientId of clientIds) this.make(`${prefix}-${clientId}`)
  }

  get waiting(): Notification[] {
    return this.queued
  }

  /** Nothing is stored. */
  receiptOf(): null {
    return null
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
        // A message that came through the intake queue before its client had a queue is shown again when its lease ends.
        if ((this.queue(`${baseUrl}-${addressee}`)?.madeAt ?? 0) > shownAt) return null
        const goneAt = instance.goneAt.get(addressee)
        return goneAt !== undefined && this.world.now - Math.max(goneAt, shownAt) > givenBackMs
          ? `${name} keeps it although its client has left`
          : null
      })
    }
  }

  /** Tells the ledger which messages this instance hides from all others, with the reason that `reason` returns. */
  keepsNothing(
    { name, process }: Pick<Instance, 'name' | 'process'>,
    reason: (notification: Notification, shownAt: number) => string | null,
  ): void {
    const { now, calm, tight, ledger } = this.world
    // A process that stood still lets go of what it cannot be sure of.
    if (!process.alive || !calm || tight || now - process.awakeSince < 2 * visibilityMs || process.paused) return
    for (const queue of this.queues) {
      for (const { holder, visibleAt, notification, shownAt } of queue.messages) {
        if (holder !== name || visibleAt <= now) continue
        // A message that came for a client without a queue has nowhere to go yet.
        if (queue.url === intakeUrl && this.queue(`${baseUrl}-${notification.addressee}`) === null) continue
        const why = reason(notification, shownAt)
        if (why !== null) ledger.hidden(notification, why)
      }
    }
  }

  lookAtRests(look: (what: string, count: number) => void): void {
    for (const { name, process, sqs } of this.#instances) if (process.alive) look(`receives of ${name}`, sqs.receiving)
  }
}
