import type { AckMode } from '../../src/delivery/handover.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import { maxStreamMs, maxWaitMs } from './bounds.ts'
import type { Fleet } from './fleet.ts'
import { PollWire } from './poll-wire.ts'
import type { Instance } from './realm.ts'
import { StreamWire } from './stream-wire.ts'
import type { Answer, EventWire, Wire, WireOwner, WireRequest } from './wire.ts'
import type { Recipient, World } from './world.ts'

/** The notifications of one connection, and the instance that they came from. */
interface Brought extends Answer {
  readonly from: Instance
}

/** One tab or phone of a client: polls or streams, takes what it gets, and comes again. */
export class Device implements WireOwner, Recipient {
  readonly #balancer: Pick<Fleet, 'balance' | 'move'>
  readonly world: World
  readonly clientId: string
  readonly name: string
  readonly ack: AckMode
  readonly form: 'poll' | 'stream'
  /** Stays with the instance it found last, as long as that is up. */
  #home: Instance | null = null
  #wire: PollWire | StreamWire | null = null
  #patience: (() => void) | null = null
  #here = false
  /** The time of the first `join`; infinity before. */
  joinedAt = Number.POSITIVE_INFINITY
  #last: Brought | null = null
  /** The events that the held stream has brought. */
  #events: readonly Notification[] = []
  request: WireRequest

  constructor(
    world: World,
    balancer: Pick<Fleet, 'balance' | 'move'>,
    self: Pick<Device, 'clientId' | 'name' | 'ack' | 'form'>,
  ) {
    const { clientId, name, ack, form } = self
    this.world = world
    this.#balancer = balancer
    this.clientId = clientId
    this.name = name
    this.ack = ack
    this.form = form
    this.request = { clientId, ack, cursor: null, waitMs: 0, limit: 1 }
  }

  join(): void {
    if (this.#here) return
    this.#here = true
    this.joinedAt = Math.min(this.joinedAt, this.world.now)
    if (this.#wire === null) this.#poll()
  }

  leave(): void {
    this.#here = false
    this.hangUp()
  }

  /** Lets the balancer choose an instance for the next poll. */
  move(): void {
    this.#home = null
    this.#balancer.move(this.clientId)
  }

  /** Drops the connection; the host hears of it soon, late, or, after a loss of power, never. */
  hangUp(): void {
    const { random, trouble } = this.world
    if (this.#wire === null) return
    const silent = random.chance(2 * trouble)
    this.#wire.hangUp(silent ? null : random.chance(trouble) ? random.between(10, 2_000) : this.world.hop())
    this.#over()
    this.#pollIn(random.between(5, 100))
  }

  #over(): void {
    this.#wire = null
    this.#events = []
    this.#patience?.()
    this.#patience = null
  }

  #pollIn(ms: number): void {
    this.world.after(ms, () => {
      if (this.#here && this.#wire === null) this.#poll()
    })
  }

  #poll(): void {
    const { world } = this
    const { random, trouble } = world
    if (this.#home === null || !this.#home.open || random.chance(trouble / 2)) {
      this.#home = this.#balancer.balance(this.clientId)
    }
    if (this.#home === null) return this.#pollIn(100)
    const calm = trouble === 0
    const longest = this.form === 'stream' ? maxStreamMs : maxWaitMs
    const waitMs = random.chance(calm ? 0 : 0.1) ? 0 : random.between(500, longest)
    this.request = {
      clientId: this.clientId,
      ack: this.ack,
      cursor: this.ack === 'next' ? (this.#last?.cursor ?? null) : null,
      waitMs,
      limit: random.chance(0.2) ? 1 + Math.floor(random.next() * 3) : 20,
    }
    if (this.request.cursor !== null) this.#sayCursor(this.#home)
    this.#wire = this.form === 'stream' ? new StreamWire(this, this.#home) : new PollWire(this, this.#home)
    this.#patience = world.after(waitMs + 1_000, () => this.hangUp())
  }

  #sayCursor(to: Instance): void {
    const { ledger } = this.world
    for (const notification of this.#last?.notifications ?? []) {
      ledger.clientAcknowledges(notification)
      // The instance that gave it does not hear of it, and may hand the same lease over again.
      if (this.#last?.from !== to) ledger.cause(notification, 'cursor went elsewhere', this.name)
    }
  }

  /** The response has arrived: with notifications, or without; or the last word of a stream. */
  answered(wire: Pick<Wire, 'instance'>, answer: Answer | null): void {
    if (wire !== this.#wire) return
    const { world } = this
    this.#over()
    if (answer !== null) {
      for (const notification of answer.notifications) world.ledger.received(this.clientId, this.name, notification)
      this.#last = { ...answer, from: wire.instance }
      if (this.ack === 'next' && world.random.chance(0.2)) this.#acknowledge(wire.instance, answer.notifications)
    }
    this.#pollIn(answer === null ? world.random.between(20, 60) : world.random.between(1, 40))
  }

  /** An event of the stream has arrived. */
  event(wire: EventWire, notification: Notification, cursor: string): void {
    if (wire !== this.#wire) return
    const { ledger, random } = this.world
    ledger.received(this.clientId, this.name, notification)
    this.#events = [...this.#events, notification]
    this.#last = { notifications: this.#events, cursor, from: wire.instance }
    if (this.ack === 'auto') return
    if (random.chance(0.1)) this.#acknowledge(wire.instance, [notification])
    // As clients of WebSockets do; others leave it to their next request, however long the lease lasts.
    if (!ledger.faultless && !random.chance(0.3)) return
    this.#sayCursor(wire.instance)
    wire.acknowledge(cursor)
  }

  broken(wire: unknown): void {
    if (wire !== this.#wire) return
    this.#over()
    this.#pollIn(this.world.random.between(20, 150))
  }

  /** `POST /notifications/ack` with ids. */
  #acknowledge({ process, acknowledgements }: Instance, notifications: readonly Notification[]): void {
    const { world } = this
    for (const notification of notifications) world.ledger.clientAcknowledges(notification)
    if (world.random.chance(world.trouble)) return
    const ids = new Set(notifications.map(({ id }) => id))
    world.after(world.hop(), () => process.io(() => void acknowledgements.byIds(this.clientId, ids)))
  }
}
