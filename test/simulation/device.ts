import type { AckMode } from '../../src/delivery/poll.ts'
import { mostWaitMs } from './bounds.ts'
import type { Instance } from './instance.ts'
import { Wire } from './wire.ts'
import type { World } from './world.ts'

/** One tab or phone of a client: polls, takes what it gets, and polls again. */
export class Device {
  readonly world: World
  readonly clientId: string
  readonly name: string
  readonly ack: AckMode
  /** Stays with the instance it found last, as long as that is up. */
  #home: Instance | null = null
  #wire: Wire | null = null
  #patience: (() => void) | null = null
  #here = false
  #last: { readonly ids: readonly string[]; readonly cursor: string; readonly from: Instance } | null = null
  everHere = false
  request: { clientId: string; ack: AckMode; cursor: string | null; waitMs: number; limit: number }

  constructor(world: World, clientId: string, name: string, ack: AckMode) {
    this.world = world
    this.clientId = clientId
    this.name = name
    this.ack = ack
    this.request = { clientId, ack, cursor: null, waitMs: 0, limit: 1 }
  }

  get wire(): Wire | null {
    return this.#wire
  }

  join(): void {
    if (this.#here) return
    this.#here = true
    this.everHere = true
    if (this.#wire === null) this.#poll()
  }

  leave(): void {
    this.#here = false
    this.hangUp()
  }

  /** Its next poll goes to whichever instance the balancer likes. */
  move(): void {
    this.#home = null
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
    if (this.#home === null || !this.#home.open || random.chance(trouble / 2)) this.#home = world.balance(this.clientId)
    if (this.#home === null) return this.#pollIn(100)
    const calm = trouble === 0
    const waitMs = random.chance(calm ? 0 : 0.1) ? 0 : random.between(500, mostWaitMs)
    this.request = {
      clientId: this.clientId,
      ack: this.ack,
      cursor: this.ack === 'next' ? (this.#last?.cursor ?? null) : null,
      waitMs,
      limit: random.chance(0.2) ? 1 + Math.floor(random.next() * 3) : 20,
    }
    if (this.request.cursor !== null) {
      for (const id of this.#last?.ids ?? []) {
        world.ledger.clientAcknowledges(id)
        // The instance that gave it does not hear of it, and may hand the same lease over again.
        if (this.#last?.from !== this.#home) world.ledger.cause(id, 'cursor went elsewhere', this.name)
      }
    }
    this.#wire = new Wire(this, this.#home)
    this.#patience = world.after(waitMs + 1_000, () => this.hangUp())
  }

  /** The response has arrived: with notifications, or without. */
  answered(wire: Wire, answer: { readonly ids: readonly string[]; readonly cursor: string } | null): void {
    if (wire !== this.#wire) return
    const { world } = this
    this.#over()
    if (answer !== null) {
      for (const id of answer.ids) world.ledger.received(this.clientId, this.name, id)
      this.#last = { ...answer, from: wire.instance }
      if (this.ack === 'next' && world.random.chance(0.2)) this.#acknowledge(wire.instance, answer.ids)
    }
    this.#pollIn(answer === null ? world.random.between(20, 60) : world.random.between(1, 40))
  }

  broken(wire: Wire): void {
    if (wire !== this.#wire) return
    this.#over()
    this.#pollIn(this.world.random.between(20, 150))
  }

  /** `POST /notifications/ack` with ids. */
  #acknowledge({ process, acknowledgements }: Instance, ids: readonly string[]): void {
    const { world } = this
    for (const id of ids) world.ledger.clientAcknowledges(id)
    if (world.random.chance(world.trouble)) return
    world.after(world.hop(), () => process.io(() => void acknowledgements.byIds(this.clientId, new Set(ids))))
  }
}
