import type { Clock } from './ports.ts'

/**
 * Something that is due at a time: a poll, a lease, the grace of a response, the linger of a client.
 * The links live in the thing itself, so that entering and leaving the wheel allocate nothing.
 */
export abstract class Slot {
  /** When it is due, in slices; -1 while it is on no wheel. */
  slice = -1
  previous: Slot | null = null
  next: Slot | null = null

  /** Called once per entry, when its time has come and it is off the wheel. */
  abstract due(): void
}

/**
 * Deadlines for tens of thousands of things at the price of one timer: things that are due in the same slice of time
 * share a list, and one timer walks from list to list. It never calls early; it calls at most one slice, plus the
 * lateness of the process, late.
 */
export class Wheel {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #heads = new Map<number, Slot>()
  #turnedTo = 0
  #cancel: (() => void) | null = null
  #size = 0

  constructor(clock: Clock, sliceMs: number) {
    this.#clock = clock
    this.#sliceMs = sliceMs
  }

  /** How many things wait here. */
  get size(): number {
    return this.#size
  }

  /** Enters the thing, or moves it, to be due at `at` (`Clock.now()` milliseconds). */
  put(slot: Slot, at: number): void {
    if (slot.slice !== -1) this.#unlink(slot)
    if (this.#size === 0) this.#turnedTo = Math.floor(this.#clock.now() / this.#sliceMs)
    const slice = Math.max(Math.ceil(at / this.#sliceMs), this.#turnedTo + 1)
    const head = this.#heads.get(slice)
    slot.slice = slice
    slot.next = head ?? null
    if (head) head.previous = slot
    this.#heads.set(slice, slot)
    this.#size += 1
    this.#cancel ??= this.#schedule()
  }

  /** Takes the thing off; does nothing when it is on no wheel. */
  remove(slot: Slot): void {
    if (slot.slice === -1) return
    this.#unlink(slot)
    // An empty wheel holds no timer: nothing is left behind when everyone has gone.
    if (this.#size === 0) {
      this.#cancel?.()
      this.#cancel = null
    }
  }

  #unlink(slot: Slot): void {
    const { previous, next, slice } = slot
    if (previous) previous.next = next
    else if (next) this.#heads.set(slice, next)
    else this.#heads.delete(slice)
    if (next) next.previous = previous
    slot.slice = -1
    slot.previous = null
    slot.next = null
    this.#size -= 1
  }

  #schedule(): () => void {
    const ms = (this.#turnedTo + 1) * this.#sliceMs - this.#clock.now()
    return this.#clock.after(Math.max(ms, 0), () => this.#turn())
  }

  #turn(): void {
    this.#cancel = null
    const from = this.#turnedTo
    const now = Math.max(Math.floor(this.#clock.now() / this.#sliceMs), from)
    this.#turnedTo = now
    for (const slice of this.#slicesDue(from, now)) {
      // The head is looked up anew each time: a thing that is called may take others off this list.
      for (let slot = this.#heads.get(slice); slot; slot = this.#heads.get(slice)) {
        this.#unlink(slot)
        slot.due()
      }
    }
    if (this.#size > 0) this.#cancel ??= this.#schedule()
  }

  /** After a pause of the process many slices are due at once: then the lists are fewer than the slices. */
  #slicesDue(from: number, to: number): number[] {
    if (to - from <= this.#heads.size) return Array.from({ length: to - from }, (_, i) => from + 1 + i)
    return [...this.#heads.keys()].filter((slice) => slice <= to).sort((a, b) => a - b)
  }
}
