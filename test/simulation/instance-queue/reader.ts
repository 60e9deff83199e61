import type { Lease, Source } from '../../../src/delivery/lease.ts'
import { visibilityMs } from '../bounds.ts'
import type { FakeQueue, Shown } from '../fake-queue.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** Receives from one queue for one instance, and tells it how leases ended. */
export class Reader {
  readonly #instance: InstanceQueueInstance
  readonly #queue: FakeQueue
  /** As the adapter: what was acknowledged and is shown again is deleted again. */
  readonly #acknowledged = new Set<string>()
  #withdraw: (() => void) | null = null
  #receiving = true

  constructor(instance: InstanceQueueInstance, queue: FakeQueue) {
    this.#instance = instance
    this.#queue = queue
    this.#ask()
  }

  readonly #source: Source = {
    shared: false,
    acknowledge: (lease) => {
      const { process, name, world, hearsOf } = this.#instance
      if (!process.alive) return
      world.ledger.acknowledged(name, lease.notification, hearsOf)
      this.#acknowledged.add(lease.key)
      this.#delete(lease.key, Number(lease.receipt), lease.expiresAt)
    },
    release: (lease) => {
      const { process, name, world, stopping } = this.#instance
      if (!process.alive) return
      world.ledger.released(name, lease, stopping)
      this.#giveBack(lease.key, Number(lease.receipt))
    },
  }

  /** No further receive. One that is open runs out, and what it brings is given back. */
  stop(): void {
    this.#receiving = false
  }

  /** The process has died. Its open receive is closed, or takes a batch along into nowhere. */
  died(): void {
    const { world } = this.#instance
    if (!world.random.chance(world.trouble)) this.#withdraw?.()
  }

  #ask(): void {
    const { process, mailboxes, name } = this.#instance
    if (!this.#receiving) return
    if (mailboxes.leasedMemory.full) {
      mailboxes.leasedMemory.onFree(() => process.io(() => this.#ask()))
      return
    }
    process.effect(() => {
      this.#withdraw = this.#queue.ask(name, (shown) => this.#answered(shown))
    })
  }

  #answered(shown: readonly Shown[]): void {
    const { process, world } = this.#instance
    for (const { shows, notification } of shown) if (shows > 1) world.ledger.shownAgain(notification)
    if (!process.effect(() => {})) return
    if (world.random.chance(world.trouble / 5)) {
      world.after(200, () => process.io(() => this.#ask()))
      return
    }
    world.after(world.hop(), () => {
      const expiresAt = world.now + visibilityMs
      process.io(() => this.#take(shown, expiresAt))
    })
  }

  #take(shown: readonly Shown[], expiresAt: number): void {
    const { delivery, world, realm } = this.#instance
    const leases: Lease[] = []
    for (const { key, handle, notification, shows, hops } of shown) {
      if (expiresAt <= world.now) continue
      if (this.#acknowledged.has(key)) this.#delete(key, handle, expiresAt)
      else if (!this.#receiving) this.#giveBack(key, handle)
      else {
        leases.push(
          new realm.core.Lease({
            key,
            notification,
            source: this.#source,
            receipt: handle,
            deliveryCount: shows,
            expiresAt,
            lengthMs: visibilityMs,
            hops,
          }),
        )
      }
    }
    for (const lease of leases) this.#instance.queueOf.set(lease.key, this.#queue)
    delivery.offer(leases)
    this.#ask()
  }

  #delete(key: string, handle: number, expiresAt: number): void {
    const { process, world } = this.#instance
    world.after(world.hop(), () =>
      process.io(() => {
        // Lost on the way: tried again while the receipt is worth something.
        if (!world.random.chance(world.trouble / 2)) process.effect(() => this.#queue.delete(key, handle))
        else if (world.now < expiresAt) this.#delete(key, handle, expiresAt)
      }),
    )
  }

  #giveBack(key: string, handle: number): void {
    const { process, world } = this.#instance
    world.after(world.hop(), () => process.io(() => process.effect(() => this.#queue.giveBack(key, handle))))
  }
}
