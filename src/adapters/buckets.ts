/** Counts observed values by their size, as Prometheus's histograms do; an observation costs a few comparisons. */
export class Buckets {
  /** The upper bounds, ascending; a value belongs to the first that is not below it. */
  readonly bounds: readonly number[]
  sum = 0
  readonly #counts: number[]

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = [...bounds, Number.POSITIVE_INFINITY].map(() => 0)
  }

  observe(value: number): void {
    const { bounds } = this
    let i = 0
    while (i < bounds.length && value > (bounds[i] as number)) i++
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.sum += value
  }

  /** How many values were observed. */
  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** Returns how many values were at most each bound; the last entry counts all of them. */
  cumulative(): number[] {
    let count = 0
    return this.#counts.map((own) => {
      count += own
      return count
    })
  }
}
