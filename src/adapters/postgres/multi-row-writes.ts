import postgres from 'postgres'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { tooManyWait } from './too-many-wait.ts'

/** Rows of one statement: more of them would make each caller wait longer than the next statement. */
const maxRows = 250
/** Bytes of bodies in one statement; a larger body has a statement of its own. */
const maxBytes = 2 * 1_048_576
/** Statements in flight at once. A second one begins only while the first is slow, or when the line fills a statement. */
const maxStatements = 4
/** A statement that takes longer than this, because of a lock or the disk, does not keep later rows waiting. */
const slowMs = 20
/**
 * A statement costs as much as many rows, so after one that carried several rows the next waits a moment for more: too short
 * to be noticed, and long enough to halve the number of statements at a few thousand rows a second.
 */
const gatherMs = 2
/** Fewer rows came together by chance. */
const severalRows = 3
/** The time in which a caller has its outcome, or its refusal, unless its row has stood in line for half of it. */
const deadlineMs = 3_000
/** The time that a statement has at least. */
const leastMs = 1_500
/** A row that has stood in line for longer is refused: hundreds of callbacks to one URL are served one after the other. */
const maxLineMs = 3_000

interface Needs<Row, Outcome> {
  readonly clock: Clock
  /**
   * Writes the rows with one statement, and returns their outcomes, or the errors of single rows, in the order of the
   * rows. When it rejects, either nothing was written, or the same rows can be written again without harm.
   */
  readonly write: (rows: readonly Row[], withinMs: number) => Promise<readonly (Outcome | Error)[]>
  /** Rows of one group are written in their order: they share a statement, or one statement follows the other. */
  readonly groupOf: (row: Row) => string
  /** Rows of a group with the same identity never share a statement; a row whose identity is null may share any. */
  readonly identityOf: (row: Row) => string | null
  /** The size of the row's body. */
  readonly bytesOf: (row: Row) => number
  /** The maximum of rows in line; further ones are refused. */
  readonly maxWaiting: number
}

/** A row, and its caller. */
interface Entry<Row, Outcome> {
  readonly row: Row
  readonly group: string
  readonly since: number
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes rows of many callers with few statements: what arrives while a statement is in flight goes into the next one. So
 * a row that comes alone waits for nothing, and the more rows come, the less each of them costs.
 *
 * A row that the database cannot take fails alone: the statement that carries it is split until only that row is refused.
 */
export class MultiRowWrites<Row, Outcome> {
  readonly #needs: Needs<Row, Outcome>
  /** Rows that wait for a statement, the oldest first. */
  #line: Entry<Row, Outcome>[] = []
  /** The groups of the rows in flight. */
  readonly #busy = new Set<string>()
  #statements = 0
  #isScheduled = false
  /** Set for `gatherMs` after a statement of several rows. */
  #isGathering = false
  #cancelPatience: (() => void) | null = null

  constructor(needs: Needs<Row, Outcome>) {
    this.#needs = needs
  }

  /** How many rows wait for a statement. */
  get waiting(): number {
    return this.#line.length
  }

  /** Resolves with the outcome when it is committed. Rejects with a `Refusal` when it may not be. */
  write(row: Row): Promise<Outcome> {
    const { clock, groupOf, maxWaiting } = this.#needs
    if (this.#line.length >= maxWaiting) return Promise.reject(tooManyWait())
    return new Promise((resolve, reject) => {
      this.#line.push({ row, group: groupOf(row), since: clock.now(), resolve, reject })
      this.#schedule()
    })
  }

  /** Sends soon, so that the rows of requests that are read together share a statement. */
  #schedule(): void {
    const [oldest] = this.#line
    if (this.#isScheduled || oldest === undefined || this.#statements >= maxStatements) return
    const { clock } = this.#needs
    const isDue = this.#line.length >= maxRows || clock.now() - oldest.since >= slowMs
    if (this.#isGathering && !isDue) return
    if (this.#statements === 0 || isDue) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#send()
      })
      return
    }
    this.#cancelPatience ??= clock.after(slowMs, () => {
      this.#cancelPatience = null
      this.#send()
    })
  }

  #send(): void {
    const entries = this.#next()
    if (entries.length === 0) return
    this.#statements += 1
    for (const { group } of entries) this.#busy.add(group)
    void this.#carryOut(entries).then(() => {
      this.#statements -= 1
      for (const { group } of entries) this.#busy.delete(group)
      this.#cancelPatience?.()
      this.#cancelPatience = null
      if (entries.length >= severalRows) this.#gather()
      this.#schedule()
    })
    this.#schedule()
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#needs.clock.after(gatherMs, () => {
      this.#isGathering = false
      this.#schedule()
    })
  }

  /** Takes the rows of the next statement out of the line. */
  #next(): Entry<Row, Outcome>[] {
    const { clock, identityOf, bytesOf } = this.#needs
    const latest = clock.now() - maxLineMs
    const next: Entry<Row, Outcome>[] = []
    const rest: Entry<Row, Outcome>[] = []
    const identities = new Set<string>()
    /** The groups whose rows stay in line: none overtakes an earlier one of its group. */
    const staying = new Set<string>()
    let bytes = 0
    for (const entry of this.#line) {
      const { row, group, since } = entry
      if (since < latest) {
        entry.reject(refusedInLine())
        continue
      }
      const identity = identityOf(row)
      const size = bytesOf(row)
      const fits = next.length === 0 || (next.length < maxRows && bytes + size <= maxBytes)
      if (!fits || this.#busy.has(group) || staying.has(group) || (identity !== null && identities.has(identity))) {
        staying.add(group)
        rest.push(entry)
        continue
      }
      if (identity !== null) identities.add(identity)
      bytes += size
      next.push(entry)
    }
    this.#line = rest
    return next
  }

  /** Never rejects. */
  async #carryOut(entries: readonly Entry<Row, Outcome>[]): Promise<void> {
    const { clock, write } = this.#needs
    const waitedMs = clock.now() - Math.min(...entries.map(({ since }) => since))
    try {
      const outcomes = await write(
        entries.map(({ row }) => row),
        Math.max(deadlineMs - waitedMs, leastMs),
      )
      for (let i = 0; i < entries.length; i++) {
        const { resolve, reject } = entries[i] as Entry<Row, Outcome>
        const outcome = outcomes[i]
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome as Outcome)
      }
    } catch (error) {
      if (entries.length === 1 || !isFaultOfRow(error)) {
        for (const { reject } of entries) reject(error)
        return
      }
      const half = entries.length >> 1
      await this.#carryOut(entries.slice(0, half))
      await this.#carryOut(entries.slice(half))
    }
  }
}

function refusedInLine(): Refusal {
  const cause = new Error('the statements before it took too long')
  return new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause })
}

/** Classes of errors that a value causes: data exceptions, violated constraints, exceeded limits. */
const faultsOfValues = ['22', '23', '54']

function isFaultOfRow(error: unknown): boolean {
  const cause = error instanceof Refusal ? error.cause : error
  return cause instanceof postgres.PostgresError && faultsOfValues.includes(cause.code.slice(0, 2))
}
