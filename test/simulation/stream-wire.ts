import type { Handover } from '../../src/delivery/handover.ts'
import type { Lease } from '../../src/delivery/lease.ts'
import type { PollEnd } from '../../src/delivery/poll.ts'
import type { Stream } from '../../src/delivery/stream.ts'
import { graceMs, stuckMs } from './bounds.ts'
import type { Carriage } from './fate.ts'
import { Wire } from './wire.ts'

/** Events under way past which the next one waits. */
const maxInFlight = 3

/** An event on its way, or in its grace. */
interface Sent {
  readonly handover: Handover
  readonly carriage: Carriage
  readonly lease: Lease
  arrived: boolean
}

/** A stream: event after event in their order, words of the client between them, and a reader that may not read. */
export class StreamWire extends Wire {
  #stream: Stream | null = null
  #ended = false
  readonly #unsettled = new Set<Sent>()
  /** The writes that the peer has not taken, in order: an event, or the last word. */
  readonly #underWay: (() => void)[] = []
  /** Whether the peer reads. */
  #reads = true
  /** The core waits to be told that there may be another event. */
  #isAwaited = false
  /** When the latest word to the client arrives: none overtakes another. */
  #arrivesAt = 0
  /** Bytes that are written from here on go nowhere, and nobody knows. */
  #cut = false
  /** With which receipt a lease was handed to this stream. */
  readonly #given = new Map<Lease, unknown>()

  get held(): Stream | null {
    return this.#stream?.state === 'ended' ? null : this.#stream
  }

  get stuck(): boolean {
    return this.#underWay.length > 0
  }

  protected get carriages(): Carriage[] {
    return Array.from(this.#unsettled, ({ carriage }) => carriage)
  }

  protected arrive(): void {
    const { clientId, ack, cursor, waitMs } = this.device.request
    const stream = this.instance.mailboxes.stream({
      ...{ clientId, ack, cursor, waitMs, limit: 1, transport: 'event-stream' },
      opened: () => {},
      event: (handover) => this.#event(handover),
      end: (end) => this.#end(end),
    })
    if (!this.#ended) this.#stream = stream
  }

  // ── words of the core ──

  #event(handover: Handover): boolean {
    const { world, instance } = this
    const [lease] = handover.leases
    if (!instance.process.alive || lease === undefined) return false
    this.#handedOnce(lease)
    const sent: Sent = { handover, carriage: this.handedOver(lease, handover.ack), lease, arrived: false }
    if (this.#ended) world.ledger.violate(6, `${instance.name} handed over to a stream that has ended`)
    if (this.failed) {
      Object.assign(sent.carriage, { failedAt: world.now, failureSeen: true })
      handover.failed()
      return false
    }
    const { stuck } = this
    const isStuck = () => this.stuck
    handover.watcher = {
      over: () => this.#settled(sent),
      get stuck() {
        return isStuck()
      },
    }
    this.#unsettled.add(sent)
    if (!stuck && world.random.chance(world.trouble / 3)) this.#stall()
    this.#send(() => this.#write(sent))
    this.#isAwaited = this.#underWay.length >= maxInFlight
    return !this.#isAwaited
  }

  /** With `ack=next`, again only when its source has shown it again. */
  #handedOnce(lease: Lease): void {
    const { ack, name } = this.device
    if (ack === 'next' && this.#given.has(lease) && this.#given.get(lease) === lease.receipt) {
      this.world.ledger.violate(4, `one stream of ${name} was handed the same lease twice`)
    }
    this.#given.set(lease, lease.receipt)
  }

  #end(end: PollEnd): void {
    this.#ended = true
    this.#stream = null
    if (!this.instance.process.alive) return
    if (end.kind !== 'hung-up') this.#send(() => this.#arrive(() => this.device.answered(this, null)))
    this.#dropIfOver()
  }

  #settled(sent: Sent): void {
    this.#unsettled.delete(sent)
    this.#dropIfOver()
  }

  #dropIfOver(): void {
    if (this.#ended && this.#unsettled.size === 0) this.instance.wires.delete(this)
  }

  // ── acts of the connection ──

  #send(write: () => void): void {
    if (this.#reads) write()
    else this.#underWay.push(write)
  }

  /** The reader does not read, and then goes on, or is dropped. */
  #stall(): void {
    const { world } = this
    this.#reads = false
    const ms = world.random.between(50, 2_000)
    if (ms >= stuckMs) world.after(stuckMs, () => this.#drop())
    else world.after(ms, () => this.instance.process.io(() => this.#flow()))
  }

  #flow(): void {
    this.#reads = true
    for (const write of this.#underWay.splice(0)) write()
    if (!this.#isAwaited) return
    this.#isAwaited = false
    this.#stream?.resume()
  }

  #drop(): void {
    this.fail()
    this.world.after(this.world.hop(), () => this.reach(() => this.device.broken(this)))
  }

  #write(sent: Sent): void {
    const { handover, carriage, lease } = sent
    if (handover.state !== 'open') return
    const { cursor } = handover
    const alive = this.instance.process.effect(() => {
      this.#travel(() => {
        sent.arrived = true
        this.device.event(this, lease.notification, cursor)
      })
    })
    if (!alive) return
    carriage.writtenAt ??= this.world.now
    handover.written()
  }

  #travel(deliver: () => void): void {
    const { world, device } = this
    if (this.clientGone || this.#cut) return
    const journey = this.journey(world.trouble)
    switch (journey) {
      case 'arrives':
        return this.#arrive(deliver)
      case 'late':
        return this.#arrive(deliver, world.random.between(50, 2_000))
      case 'reset after arrival':
        this.#arrive(deliver)
        return void world.after(world.random.between(20, 2 * graceMs), () => {
          this.fail()
          this.reach(() => device.broken(this))
        })
      case 'reset':
        this.#cut = true
        return void world.after(world.random.between(0, 2 * graceMs), () => {
          this.fail()
          this.reach(() => device.broken(this))
        })
      case 'silent':
        // Nobody is told; the client's own patience ends this.
        this.#cut = true
        return
      default:
        return journey satisfies never
    }
  }

  #arrive(tell: () => void, afterMs: number = this.world.hop()): void {
    if (this.#cut) return
    const { world } = this
    this.#arrivesAt = Math.max(this.#arrivesAt, world.now + afterMs)
    world.after(this.#arrivesAt - world.now, () => {
      if (!this.failed) this.reach(tell)
    })
  }

  /** A word of the client on the same connection: that it has everything up to this event. */
  acknowledge(cursor: string): void {
    const { world, instance, device } = this
    world.after(world.hop(), () => {
      if (this.failed || this.#cut) return
      instance.process.io(() => void instance.acknowledgements.byCursor(device.clientId, cursor))
    })
  }

  protected lost(why: string): void {
    for (const { arrived, lease } of this.#unsettled) {
      if (arrived) this.world.ledger.cause(lease.notification, why, this.device.name)
    }
  }

  protected override fail(): void {
    if (!this.failed) this.lost('the connection failed')
    super.fail()
  }

  protected failureSeen(): void {
    this.#stream?.hangUp()
    for (const { handover } of [...this.#unsettled]) handover.failed()
    this.#unsettled.clear()
    this.#underWay.length = 0
    this.instance.wires.delete(this)
  }
}
