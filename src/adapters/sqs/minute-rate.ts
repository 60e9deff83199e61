const seconds = 60

/** Counts events, in all and in the last minute. */
export class MinuteRate {
  total = 0
  readonly #now: () => number
  /** The count of each of the last seconds; the second `s` is at `s % 60`. */
  readonly #counts = new Uint32Array(seconds)
  #latest: number

  /** `now` returns milliseconds that only go forward. */
  constructor(now: () => number) {
    this.#now = now
    this.#latest = this.#second()
  }

  count(): void {
    this.total += 1
    const second = this.#forgetOld()
    this.#counts[second % seconds] = (this.#counts[second % seconds] ?? 0) + 1
  }

  /** The count of the last sixty seconds; lower than the rate until the first minute has passed. */
  get perMinute(): number {
    this.#forgetOld()
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  #forgetOld(): number {
    const second = this.#second()
    // After a minute without a call every count is old.
    const from = Math.max(this.#latest + 1, second - seconds + 1)
    for (let s = from; s <= second; s++) this.#counts[s % seconds] = 0
    this.#latest = second
    return second
  }

  #second(): number {
    return Math.floor(this.#now() / 1000)
  }
}
