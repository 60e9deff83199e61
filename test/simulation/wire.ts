import type { Handover } from '../../src/delivery/handover.ts'
import type { Poll, PollEnd } from '../../src/delivery/poll.ts'
import { graceMs } from './bounds.ts'
import type { Device } from './device.ts'
import type { Carriage } from './fate.ts'
import type { Instance } from './instance.ts'

/** How a written response fares. */
type Journey = 'arrives' | 'late' | 'reset' | 'reset after arrival' | 'silent'

/** One request and its response on one connection: both ends of it, and the network between. */
export class Wire {
  readonly device: Device
  readonly instance: Instance
  #poll: Poll | null = null
  #handover: Handover | null = null
  #carriages: Carriage[] = []
  #ids: readonly string[] = []
  /** The client does not listen any more. */
  #clientGone = false
  /** The host knows that the connection has failed. */
  #failed = false
  #answered = false

  constructor(device: Device, instance: Instance) {
    this.device = device
    this.instance = instance
    instance.wires.add(this)
    const { world } = instance
    world.after(world.hop(), () => {
      if (!instance.process.alive) return this.hostDied()
      instance.process.io(() => this.#arrive())
    })
  }

  /** The poll that is held here and gets what comes. */
  get held(): Poll | null {
    return this.#poll?.ended ? null : this.#poll
  }

  #arrive(): void {
    if (this.#failed) return
    const { clientId, ack, cursor, waitMs, limit } = this.device.request
    const poll = this.instance.mailboxes.hold({
      clientId,
      ack,
      cursor,
      waitMs,
      limit,
      end: (end) => this.#end(end),
    })
    if (!this.#answered) this.#poll = poll
  }

  #end(end: PollEnd): void {
    this.#answered = true
    this.#poll = null
    const { process, world, sessions } = this.instance
    if (!process.alive) return
    if (end.kind !== 'answered') {
      this.instance.wires.delete(this)
      if (end.kind !== 'hung-up') world.after(world.hop(), () => this.#reach(() => this.device.answered(this, null)))
      return
    }
    const { handover } = end
    const { clientId } = this.device
    if (!sessions.recordedAt.has(clientId)) {
      world.ledger.violate(6, `${this.instance.name} handed over to ${clientId} before it was recorded`)
    }
    this.#handover = handover
    this.#ids = handover.leases.map(({ notification }) => notification.id)
    handover.watcher = { over: () => this.#over() }
    this.#carriages = handover.leases.map((lease) => {
      const queue = this.instance.queueOf.get(lease.key)
      // A row is leased by nobody but the instance that the client is at.
      const leased = queue ? queue.isLeased(lease.key, Number(lease.receipt)) : lease.source.shared
      const stale = world.ledger.isShownTwice(lease.notification.id)
      return world.ledger.handedOver(this.instance.name, lease, handover.ack, leased || stale)
    })
    if (this.#failed) {
      for (const carriage of this.#carriages) Object.assign(carriage, { failedAt: world.now, failureSeen: true })
      return handover.failed()
    }
    if (world.random.chance(world.trouble / 3)) this.#stall(handover)
    else this.#write(handover)
  }

  /** The reader does not read: the bytes wait here, and the deadline may end it. */
  #stall(handover: Handover): void {
    const { world, process } = this.instance
    const gone = world.random.chance(0.5)
    if (gone) this.#lost('not read')
    world.after(world.random.between(50, 2_000), () => {
      if (gone) return this.#fail()
      process.io(() => this.#write(handover))
    })
  }

  #write(handover: Handover): void {
    if (handover.state === 'failed') return
    const { process, world } = this.instance
    const { cursor } = handover
    const alive = process.effect(() => this.#travel(cursor))
    if (!alive) return
    for (const carriage of this.#carriages) carriage.writtenAt ??= world.now
    handover.written()
  }

  #travel(cursor: string): void {
    const { world } = this.instance
    const ids = this.#ids
    const deliver = () => this.#reach(() => this.device.answered(this, { ids, cursor }))
    const journey = this.#clientGone ? 'silent' : this.#journey()
    if (journey === 'silent' || journey === 'reset') this.#lost(journey)
    if (journey === 'reset after arrival') for (const id of ids) world.ledger.cause(id, journey, this.device.name)
    switch (journey) {
      case 'arrives':
        return void world.after(world.hop(), deliver)
      case 'late':
        return void world.after(world.random.between(50, 2_000), deliver)
      case 'reset after arrival':
        world.after(world.hop(), deliver)
        return void world.after(world.random.between(20, 2 * graceMs), () => this.#fail())
      case 'reset':
        return void world.after(world.random.between(0, 2 * graceMs), () => {
          this.#fail()
          this.#reach(() => this.device.broken(this))
        })
      case 'silent':
        // Nobody is told; the client's own patience ends this.
        return
      default:
        return journey satisfies never
    }
  }

  #journey(): Journey {
    const { random, trouble } = this.instance.world
    if (!random.chance(2 * trouble)) return 'arrives'
    return random.pick<Journey>(['late', 'reset', 'reset', 'reset after arrival', 'silent']) ?? 'arrives'
  }

  /** A reason for one more copy, to this device, of all that this response holds. */
  #lost(why: string): void {
    for (const id of this.#ids) this.instance.world.ledger.cause(id, why, this.device.name)
  }

  #reach(tell: () => void): void {
    if (!this.#clientGone) tell()
  }

  /** The client goes away; the host hears of it soon, late, or never. */
  hangUp(noticedAfterMs: number | null): void {
    if (this.#clientGone) return
    this.#clientGone = true
    // What is on its way to it is thrown away.
    this.#lost('hung up')
    if (noticedAfterMs !== null) this.instance.world.after(noticedAfterMs, () => this.#fail())
  }

  /** The failure of the connection reaches this host; the process sees it when it runs. */
  #fail(): void {
    if (this.#failed) return
    this.#failed = true
    const { process, world } = this.instance
    for (const carriage of this.#carriages) carriage.failedAt = Math.min(carriage.failedAt, world.now)
    process.io(() => {
      for (const carriage of this.#carriages) carriage.failureSeen = true
      this.#poll?.hangUp()
      this.#handover?.failed()
      this.#over()
    })
  }

  /** Nothing that happens to the connection matters any more to what was handed over. */
  #over(): void {
    this.#handover = null
    this.instance.wires.delete(this)
  }

  hostDied(): void {
    const { world } = this.instance
    this.instance.wires.delete(this)
    // Mostly the kernel says so at once; a machine that lost its power says nothing.
    if (world.random.chance(0.8)) world.after(world.hop(), () => this.#reach(() => this.device.broken(this)))
  }
}
