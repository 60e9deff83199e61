import type { AckMode } from '../../src/delivery/handover.ts'
import type { Lease } from '../../src/delivery/lease.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import type { Poll } from '../../src/delivery/poll.ts'
import type { Carriage } from './fate.ts'
import type { Connection, Instance } from './realm.ts'
import type { World } from './world.ts'

/** The fate of bytes that were written. */
export type Journey = 'arrives' | 'late' | 'reset' | 'reset after arrival' | 'silent'

/** The notifications of one response, and the cursor that acknowledges all of them. */
export interface Answer {
  readonly notifications: readonly Notification[]
  readonly cursor: string
}

/** The request that opens a wire. */
export interface WireRequest {
  readonly clientId: string
  readonly ack: AckMode
  readonly cursor: string | null
  readonly waitMs: number
  readonly limit: number
}

/** A wire on which the client can acknowledge up to an event. */
export interface EventWire {
  readonly instance: Instance
  acknowledge(cursor: string): void
}

/** The device at the client's end of a wire. */
export interface WireOwner {
  readonly world: World
  readonly clientId: string
  readonly name: string
  readonly ack: AckMode
  readonly request: WireRequest
  /** The response has arrived: with notifications, or without; or the last word of a stream. */
  answered(wire: Pick<Wire, 'instance'>, answer: Answer | null): void
  /** An event of the stream has arrived. */
  event(wire: EventWire, notification: Notification, cursor: string): void
  broken(wire: unknown): void
}

/** One request on one connection: both ends of it, and the network between. */
export abstract class Wire implements Connection {
  readonly device: WireOwner
  readonly instance: Instance
  readonly world: World
  /** The client does not listen any more. */
  protected clientGone = false
  /** The host knows that the connection has failed. */
  protected failed = false

  constructor(device: WireOwner, instance: Instance) {
    this.device = device
    this.instance = instance
    this.world = device.world
    instance.wires.add(this)
    const { world } = this
    world.after(world.hop(), () => {
      if (!instance.process.alive) return this.hostDied()
      instance.process.io(() => {
        if (!this.failed) this.arrive()
      })
    })
  }

  /** The poll or stream that is held here and gets what comes. */
  abstract get held(): Poll | null
  /** The peer takes nothing at the moment. */
  abstract get stuck(): boolean
  /** The request reaches the process. */
  protected abstract arrive(): void
  /** The hand-overs that were written and have not settled. */
  protected abstract get carriages(): Iterable<Carriage>
  /** The process sees that the connection has failed. */
  protected abstract failureSeen(): void
  /** Notes a reason for one more copy of each notification that is on its way to the client, or has just arrived. */
  protected abstract lost(why: string): void

  protected handedOver(lease: Lease, ack: AckMode): Carriage {
    const { world, instance, device } = this
    if (!instance.wasRecorded(device.clientId)) {
      world.ledger.violate(6, `${instance.name} handed over to ${device.clientId} before it was recorded`)
    }
    const leased = instance.isLeased(lease) || world.ledger.isShownTwice(lease.notification)
    return world.ledger.handedOver({ instance: instance.name, lease, ack, leased, wire: this })
  }

  protected journey(chance: number): Journey {
    const { random } = this.world
    if (!random.chance(chance)) return 'arrives'
    return random.pick<Journey>(['late', 'reset', 'reset', 'reset after arrival', 'silent']) ?? 'arrives'
  }

  protected reach(tell: () => void): void {
    if (!this.clientGone) tell()
  }

  /** The client goes away; the host hears of it soon, late, or never. */
  hangUp(noticedAfterMs: number | null): void {
    if (this.clientGone) return
    this.lost('hung up')
    this.clientGone = true
    if (noticedAfterMs !== null) this.world.after(noticedAfterMs, () => this.fail())
  }

  /** The failure of the connection reaches this host; the process sees it when it runs. */
  protected fail(): void {
    if (this.failed) return
    this.failed = true
    for (const carriage of this.carriages) carriage.failedAt = Math.min(carriage.failedAt, this.world.now)
    this.instance.process.io(() => {
      for (const carriage of this.carriages) carriage.failureSeen = true
      this.failureSeen()
    })
  }

  hostDied(): void {
    const { world } = this
    this.instance.wires.delete(this)
    // Mostly the kernel says so at once; a machine that lost its power says nothing.
    if (world.random.chance(0.8)) world.after(world.hop(), () => this.reach(() => this.device.broken(this)))
  }
}
