import type { Clock } from '../../delivery/ports.ts'
import { type Slot, Wheel } from '../../delivery/wheel.ts'

/** A stream is looked at this much late at most. */
const sliceMs = 1_000

/** Looks at every stream regularly, with one timer for all of them. */
export class Pulse {
  readonly #clock: Clock
  readonly #wheel: Wheel

  constructor(clock: Clock) {
    this.#clock = clock
    this.#wheel = new Wheel(clock, sliceMs)
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /** Calls the slot's `due` once, in `inMs` milliseconds. */
  lookAt(slot: Slot, inMs: number): void {
    this.#wheel.put(slot, this.now() + inMs)
  }

  forget(slot: Slot): void {
    this.#wheel.remove(slot)
  }
}
