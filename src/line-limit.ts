/** Lines with the same sentence that are written in one period. */
const maxLines = 20
/** In milliseconds. */
const periodMs = 10_000
/** Sentences are fixed texts of the code, so there are few; a mistake here must not fill memory either. */
const maxSentences = 1_000

interface Period {
  readonly startedAt: number
  lines: number
  leftOut: number
}

/**
 * Bounds how often one sentence is logged: 20 lines in 10 s. An outage that fails every request would otherwise write
 * megabytes a second that say one thing.
 */
export class LineLimit {
  readonly #now: () => number
  readonly #periods = new Map<string, Period>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns null when the line is to be left out; else how many were left out before it in the last period. */
  take(sentence: string): number | null {
    const now = this.#now()
    const period = this.#periods.get(sentence)
    if (period === undefined || now - period.startedAt >= periodMs) {
      if (this.#periods.size >= maxSentences) this.#periods.clear()
      this.#periods.set(sentence, { startedAt: now, lines: 1, leftOut: 0 })
      return period?.leftOut ?? 0
    }
    if (period.lines >= maxLines) {
      period.leftOut += 1
      return null
    }
    period.lines += 1
    return 0
  }
}
