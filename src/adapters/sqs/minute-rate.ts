const seconds = 60

/** Counts, and knows how many of it were in the last minute. */
export class MinuteRate {
  total = 0
  readonly #now: () => number
  /** What was counted in each of the last seconds; the second `s` is at `s % 60`. */
  readonly #counts = new Uint32Array(seconds)
  #latest: number

  /** `now` gives milliseconds that only go forward. */
  constructor(now: () => number) {
    this.#now = now
    this.#latest = this.#second()
  }

  count(): void {
    this.total += 1
    const second = this.#forgetOld()
    this.#counts[second % seconds] = (this.#counts[second % seconds] ?? 0) + 1
  }

  /** How many in the last sixty seconds; less than the usual rate while the first minute has not passed. */
  get perMinute(): number {
    this.#forgetOld()
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  #forgetOld(): number {
    const second = this.#second()
    // A minute without a look: all of it is old.
    const from = Math.max(this.#latest + 1, second - seconds + 1)
    for (let s = from; s <= second; s++) this.#counts[s % seconds] = 0
    this.#latest = second
    return second
  }

  #second(): number {
    return Math.floor(this.#now() / 1000)
  }
}
