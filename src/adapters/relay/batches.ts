import type { TraceContext } from '../../delivery/trace-context.ts'
import { RelayFailure } from './relay-failure.ts'

/** Long enough to gather entries that arrive together, too short to be noticed. */
const gatherMs = 2
/** Keeps a request small beside the maximum body of a single notification. */
const maxEntries = 100
const maxCharacters = 1_048_576
/** Requests in flight to one peer; further entries wait here. */
const maxRequests = 4
/** Entries queued for one peer. Further ones are rejected at once; the sweep delivers stored notifications later. */
const maxWaiting = 5_000

interface Waiting<Result> {
  readonly text: string
  readonly trace: TraceContext | null
  readonly since: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/** Sends the entries, as JSON texts; returns one result for each. `traces` are those that the entries belong to. */
type PostBatch<Result> = (texts: readonly string[], traces: readonly TraceContext[]) => Promise<readonly Result[]>

/** Entries on their way to one peer: those made within the same couple of milliseconds share a request. */
export class Batches<Result> {
  readonly #post: PostBatch<Result>
  readonly #now: () => number
  readonly #after: (ms: number, wake: () => void) => () => void
  readonly #deadlineMs: number
  #waiting: Waiting<Result>[] = []
  #scheduled = false
  #inFlight = 0

  constructor(needs: {
    readonly post: PostBatch<Result>
    readonly now: () => number
    /** Calls `wake` after `ms`; returns a function that cancels that. */
    readonly after: (ms: number, wake: () => void) => () => void
    readonly deadlineMs: number
  }) {
    this.#post = needs.post
    this.#now = needs.now
    this.#after = needs.after
    this.#deadlineMs = needs.deadlineMs
  }

  /** True when nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight === 0
  }

  add(text: string, trace: TraceContext | null = null): Promise<Result> {
    if (this.#waiting.length >= maxWaiting)
      return Promise.reject(new RelayFailure('full', 'too many entries wait for the instance'))
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#waiting.push({ text, trace, since: this.#now(), resolve, reject })
    this.#schedule()
    // The deadline includes the wait in the queue: with a peer that does not answer, that may be nearly all of it.
    const cancel = this.#after(this.#deadlineMs, () =>
      reject(new RelayFailure('late', 'the instance did not answer in time')),
    )
    return promise.finally(cancel)
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= maxRequests) return
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
      for (const { reject } of late) reject(new RelayFailure('late', 'the entry was not sent to the instance in time'))
    }
    while (this.#waiting.length > 0 && this.#inFlight < maxRequests) void this.#send(this.#take())
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
    this.#inFlight += 1
    try {
      const texts = batch.map(({ text }) => text)
      const traces = new Set(batch.flatMap(({ trace }) => trace ?? []))
      const results = await this.#post(texts, [...traces])
      for (const [i, { resolve, reject }] of batch.entries()) {
        const result = results[i]
        if (result === undefined) reject(new Error('the instance returned no result for the entry'))
        else resolve(result)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#inFlight -= 1
      if (this.#waiting.length > 0) this.#schedule()
    }
  }
}
