/** Long enough to gather what arrives together, too short to be felt. Milliseconds. */
const gatherMs = 2
/** Keeps one request small beside the largest body of a single notification. */
const maxEntries = 100
const maxCharacters = 1_048_576
/** Requests under way to one peer; what a slow peer has not taken by then waits here. */
const maxRequests = 4
/** What waits for one peer. More is refused at once: nothing is lost by that, a stored notification is only later. */
const maxWaiting = 5_000

interface Waiting<Result> {
  readonly text: string
  readonly since: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/** What goes to one peer: entries made within the same couple of milliseconds share a request. */
export class Batches<Result> {
  readonly #post: (texts: readonly string[]) => Promise<readonly Result[]>
  readonly #now: () => number
  readonly #after: (ms: number, wake: () => void) => () => void
  readonly #deadlineMs: number
  #waiting: Waiting<Result>[] = []
  #scheduled = false
  #underWay = 0

  constructor(needs: {
    /** Sends the entries, as JSON texts; answers one result for each. */
    readonly post: (texts: readonly string[]) => Promise<readonly Result[]>
    readonly now: () => number
    /** Calls it later; the answer cancels that. */
    readonly after: (ms: number, wake: () => void) => () => void
    readonly deadlineMs: number
  }) {
    this.#post = needs.post
    this.#now = needs.now
    this.#after = needs.after
    this.#deadlineMs = needs.deadlineMs
  }

  /** Nothing waits and nothing is under way. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === 0
  }

  add(text: string): Promise<Result> {
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new Error('too much waits for this instance'))
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#waiting.push({ text, since: this.#now(), resolve, reject })
    this.#schedule()
    // Its time includes what it waits for its turn: behind a peer that answers nothing that may be nearly all of it.
    const cancel = this.#after(this.#deadlineMs, () => reject(new Error('this instance did not answer in time')))
    return promise.finally(cancel)
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay >= maxRequests) return
    this.#scheduled = true
    this.#after(gatherMs, () => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const now = this.#now()
    const late = this.#waiting.filter(({ since }) => now - since >= this.#deadlineMs)
    if (late.length > 0) {
      this.#waiting = this.#waiting.filter(({ since }) => now - since < this.#deadlineMs)
      for (const { reject } of late) reject(new Error('this instance took nothing in time'))
    }
    while (this.#waiting.length > 0 && this.#underWay < maxRequests) void this.#send(this.#take())
  }

  #take(): Waiting<Result>[] {
    let characters = 0
    let count = 0
    for (const { text } of this.#waiting) {
      characters += text.length
      if (count > 0 && (count === maxEntries || characters > maxCharacters)) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #send(batch: readonly Waiting<Result>[]): Promise<void> {
    this.#underWay += 1
    try {
      const results = await this.#post(batch.map(({ text }) => text))
      for (const [i, { resolve, reject }] of batch.entries()) {
        const result = results[i]
        if (result === undefined) reject(new Error('this instance left an entry unanswered'))
        else resolve(result)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#underWay -= 1
      if (this.#waiting.length > 0) this.#schedule()
    }
  }
}
