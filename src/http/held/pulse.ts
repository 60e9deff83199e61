import type { Clock } from '../../delivery/ports.ts'
import { type Slot, Wheel } from '../../delivery/wheel.ts'

/** How late a stream may be looked at. Milliseconds. */
const sliceMs = 1_000

/** Looks at every stream from time to time, with one timer for all of them. */
export class Pulse {
  readonly #clock: Clock
  readonly #wheel: Wheel

  constructor(clock: Clock) {
    this.#clock = clock
    this.#wheel = new Wheel(clock, sliceMs)
  }

  /** Milliseconds that only go forward. */
  now(): number {
    return this.#clock.now()
  }

  /** Looks at it once, after so many milliseconds. */
  lookAt(slot: Slot, inMs: number): void {
    this.#wheel.put(slot, this.now() + inMs)
  }

  forget(slot: Slot): void {
    this.#wheel.remove(slot)
  }
}
