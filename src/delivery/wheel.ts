import type { Clock } from './ports.ts'

/**
 * Deadlines for tens of thousands of things at the price of one timer: things that are due in the same slice of time
 * share a list, and one timer walks from list to list. Entering and leaving are a few pointer writes and allocate
 * nothing, which is why the links live in the thing itself.
 */
export class Slot {
  /** When it is due, in slices; -1 while it is on no wheel. */
  slice = -1
  previous: Slot | null = null
  next: Slot | null = null
}

/** The timer never fires early; it fires at most one slice (plus the lateness of the process) late. */
export class Wheel<T extends Slot> {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #onDue: (slot: T) => void
  readonly #heads = new Map<number, Slot>()
  #cursor = 0
  #cancel: (() => void) | null = null
  #size = 0

  constructor(clock: Clock, sliceMs: number, onDue: (slot: T) => void) {
    this.#clock = clock
    this.#sliceMs = sliceMs
    this.#onDue = onDue
  }

  /** How many things wait here. */
  get size(): number {
    return this.#size
  }

  /** Enters the thing, or moves it, to be due at `at` (`Clock.now()` milliseconds). */
  put(slot: T, at: number): void {
    if (slot.slice !== -1) this.remove(slot)
    if (this.#size === 0) this.#cursor = Math.floor(this.#clock.now() / this.#sliceMs)
    const slice = Math.max(Math.ceil(at / this.#sliceMs), this.#cursor + 1)
    const head = this.#heads.get(slice)
    slot.slice = slice
    slot.previous = null
    slot.next = head ?? null
    if (head) head.previous = slot
    this.#heads.set(slice, slot)
    this.#size += 1
    this.#cancel ??= this.#schedule()
  }

  /** Takes the thing off; nothing happens when it is on no wheel. */
  remove(slot: T): void {
    if (slot.slice === -1) return
    const { previous, next, slice } = slot
    if (previous) previous.next = next
    else if (next) this.#heads.set(slice, next)
    else this.#heads.delete(slice)
    if (next) next.previous = previous
    slot.slice = -1
    slot.previous = null
    slot.next = null
    this.#size -= 1
    if (this.#size === 0) this.#stop()
  }

  #schedule(): () => void {
    const ms = (this.#cursor + 1) * this.#sliceMs - this.#clock.now()
    return this.#clock.after(Math.max(ms, 0), () => this.#turn())
  }

  #stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #turn(): void {
    this.#cancel = null
    const now = Math.floor(this.#clock.now() / this.#sliceMs)
    // After a pause many slices are due at once; past as many as there are lists, walking the lists is shorter.
    const due =
      now - this.#cursor > this.#heads.size
        ? [...this.#heads.keys()].filter((slice) => slice <= now).sort((a, b) => a - b)
        : Array.from({ length: Math.max(now - this.#cursor, 0) }, (_, i) => this.#cursor + 1 + i)
    this.#cursor = Math.max(now, this.#cursor)
    for (const slice of due) {
      // The head is looked up anew each time: what is called may take others off this list.
      for (let head = this.#heads.get(slice); head; head = this.#heads.get(slice)) {
        this.remove(head as T)
        this.#onDue(head as T)
      }
    }
    if (this.#size > 0) this.#cancel ??= this.#schedule()
  }
}
