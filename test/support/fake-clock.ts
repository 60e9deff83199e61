import type { Clock } from '../../src/delivery/ports.ts'

interface Timer {
  readonly at: number
  /** Timers of the same moment are called in the order they were set. */
  readonly order: number
  wake: (() => void) | null
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Time that passes only when it is told to: timers are called in order, each at its own moment. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  #pending = 0
  /** A binary heap, the next timer first; cancelled ones stay in it until their moment. */
  readonly #heap: Timer[] = []

  constructor(now = 0) {
    this.#now = now
  }

  /** How many timers are set and neither called nor cancelled. */
  get pending(): number {
    return this.#pending
  }

  /** When the next timer is due; null when there is none. */
  get next(): number | null {
    return this.#first()?.at ?? null
  }

  now(): number {
    return this.#now
  }

  after(ms: number, wake: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(ms, 0), order: this.#order++, wake }
    this.#push(timer)
    this.#pending += 1
    return () => {
      if (timer.wake === null) return
      timer.wake = null
      this.#pending -= 1
    }
  }

  /** Lets time pass and calls what is due on the way, at its moment. */
  pass(ms: number): void {
    const until = this.#now + ms
    while ((this.next ?? Number.POSITIVE_INFINITY) <= until) this.step()
    this.#now = Math.max(this.#now, until)
  }

  /** Lets time pass and calls nothing, like a process that stands still; what is overdue is called by the next `pass`. */
  jump(ms: number): void {
    this.#now += ms
  }

  /** Goes to the next timer and calls it; false when there is none. */
  step(): boolean {
    const timer = this.#first()
    if (timer === undefined) return false
    this.#pop()
    this.#now = Math.max(this.#now, timer.at)
    const { wake } = timer
    timer.wake = null
    this.#pending -= 1
    wake?.()
    return true
  }

  #first(): Timer | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.wake === null) this.#pop()
    return this.#heap[0]
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let i = heap.push(timer) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      const above = heap[up]
      if (above === undefined || isBefore(above, timer)) break
      heap[i] = above
      i = up
    }
    heap[i] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      const left = heap[down]
      if (left === undefined) break
      const right = heap[down + 1]
      let child = left
      if (right !== undefined && isBefore(right, left)) {
        child = right
        down += 1
      }
      if (!isBefore(child, last)) break
      heap[i] = child
      i = down
    }
    heap[i] = last
  }
}
