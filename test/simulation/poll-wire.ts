import type { Handover } from '../../src/delivery/handover.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import type { Poll, PollEnd } from '../../src/delivery/poll.ts'
import { graceMs } from './bounds.ts'
import type { Carriage } from './fate.ts'
import { Wire } from './wire.ts'

/** A poll and its one response. */
export class PollWire extends Wire {
  #poll: Poll | null = null
  #handover: Handover | null = null
  protected carriages: readonly Carriage[] = []
  #notifications: readonly Notification[] = []
  #answered = false
  readonly stuck = false

  get held(): Poll | null {
    return this.#poll?.state === 'ended' ? null : this.#poll
  }

  protected arrive(): void {
    const { clientId, ack, cursor, waitMs, limit } = this.device.request
    const end = (end: PollEnd) => this.#end(end)
    const poll = this.instance.mailboxes.hold({ clientId, ack, cursor, waitMs, limit, end })
    if (!this.#answered) this.#poll = poll
  }

  #end(end: PollEnd): void {
    this.#answered = true
    this.#poll = null
    const { world, instance, device } = this
    if (!instance.process.alive) return
    if (end.kind !== 'answered') {
      instance.wires.delete(this)
      if (end.kind !== 'hung-up') world.after(world.hop(), () => this.reach(() => device.answered(this, null)))
      return
    }
    const { handover } = end
    this.#handover = handover
    this.#notifications = handover.leases.map(({ notification }) => notification)
    handover.watcher = { over: () => this.#over() }
    this.carriages = handover.leases.map((lease) => this.handedOver(lease, handover.ack))
    if (this.failed) {
      for (const carriage of this.carriages) Object.assign(carriage, { failedAt: world.now, failureSeen: true })
      return handover.failed()
    }
    if (world.random.chance(world.trouble / 3)) this.#stall(handover)
    else this.#write(handover)
  }

  /** The reader does not read: the bytes wait here, and the deadline may end it. */
  #stall(handover: Handover): void {
    const { world, instance } = this
    const gone = world.random.chance(0.5)
    if (gone) this.lost('not read')
    world.after(world.random.between(50, 2_000), () => {
      if (gone) return this.fail()
      instance.process.io(() => this.#write(handover))
    })
  }

  #write(handover: Handover): void {
    if (handover.state === 'failed') return
    const { cursor } = handover
    const alive = this.instance.process.effect(() => this.#travel(cursor))
    if (!alive) return
    for (const carriage of this.carriages) carriage.writtenAt ??= this.world.now
    handover.written()
  }

  #travel(cursor: string): void {
    const { world, device } = this
    const notifications = this.#notifications
    const deliver = () => this.reach(() => device.answered(this, { notifications, cursor }))
    const journey = this.clientGone ? 'silent' : this.journey(2 * world.trouble)
    if (journey !== 'arrives' && journey !== 'late') this.lost(journey)
    switch (journey) {
      case 'arrives':
        return void world.after(world.hop(), deliver)
      case 'late':
        return void world.after(world.random.between(50, 2_000), deliver)
      case 'reset after arrival':
        world.after(world.hop(), deliver)
        return void world.after(world.random.between(20, 2 * graceMs), () => this.fail())
      case 'reset':
        return void world.after(world.random.between(0, 2 * graceMs), () => {
          this.fail()
          this.reach(() => device.broken(this))
        })
      case 'silent':
        // Nobody is told; the client's own patience ends this.
        return
      default:
        return journey satisfies never
    }
  }

  protected lost(why: string): void {
    for (const notification of this.#notifications) this.world.ledger.cause(notification, why, this.device.name)
  }

  protected failureSeen(): void {
    this.#poll?.hangUp()
    this.#handover?.failed()
    this.#over()
  }

  /** Nothing that happens to the connection matters any more to what was handed over. */
  #over(): void {
    this.#handover = null
    this.instance.wires.delete(this)
  }
}
