/** The maximum number of lines with the same sentence in one period. */
const maxLines = 20
const periodMs = 10_000
/** Sentences are fixed texts of the code, so there are few; the bound keeps a mistake from filling the memory. */
const maxSentences = 1_000

interface Period {
  readonly startedAt: number
  lines: number
  leftOut: number
}

/**
 * Limits how often one sentence is logged: 20 lines in 10 s. Otherwise an outage that fails every request would write
 * megabytes of equal lines per second.
 */
export class LineLimit {
  readonly #now: () => number
  readonly #periods = new Map<string, Period>()
  readonly #bounds: Readonly<Record<string, number>>

  /** `bounds`: the maximum number of lines in one period of the sentences that have a bound of their own. */
  constructor(now: () => number, bounds: Readonly<Record<string, number>> = {}) {
    this.#now = now
    this.#bounds = bounds
  }

  /** Returns null when the line is to be dropped, or else the number of lines dropped in the last period. */
  take(sentence: string): number | null {
    const now = this.#now()
    const period = this.#periods.get(sentence)
    if (period === undefined || now - period.startedAt >= periodMs) {
      if (this.#periods.size >= maxSentences) this.#periods.clear()
      this.#periods.set(sentence, { startedAt: now, lines: 1, leftOut: 0 })
      return period?.leftOut ?? 0
    }
    if (period.lines >= (this.#bounds[sentence] ?? maxLines)) {
      period.leftOut += 1
      return null
    }
    period.lines += 1
    return 0
  }
}
