import type { Clock } from '../../delivery/ports.ts'
import { backOffMs } from './back-off.ts'

/** One thing to be told to SQS about one message. */
export interface Entry {
  readonly handle: string
  readonly key: string
  /** When the handle ends, in `Clock.now()` milliseconds: telling again after that is no use. */
  readonly expiresAt: number
}

export interface Failure {
  readonly entry: Entry
  /** SQS says that asking again will not help. */
  readonly final: boolean
  readonly reason: unknown
}

interface Needs {
  readonly clock: Clock
  readonly random: () => number
  /** One call for up to ten entries: answers those that failed, rejects when the call did. */
  readonly call: (entries: readonly Entry[]) => Promise<readonly Failure[]>
  /** Told, as the other is, when they are not outstanding any more. */
  readonly onDone: (count: number) => void
  readonly onGivenUp: (entries: readonly Entry[], reason: unknown) => void
}

/** SQS takes ten entries in a call. */
const batchSize = 10
/** How long the first entry waits for others: less than anybody notices, and enough for a burst to share a call. */
const lingerMs = 5
/** At some 10 ms a call this is 16,000 entries a second; it leaves sockets of the acting client to the sends. */
const maxCalls = 16
/** Some 25 MB of handles: an outage of SQS under full load must not grow without end. */
const maxOutstanding = 50_000
const backOffFromMs = 100
const backOffToMs = 5_000

/**
 * Entries on their way to SQS, ten in a call. Each is told once, and again with back-off until its handle ends; then
 * it is given up, which only means that its message is shown again.
 */
export class Batches {
  readonly #needs: Needs
  #queue: (Entry & { tried: boolean })[] = []
  #outstanding = 0
  #calls = 0
  #failures = 0
  #cancelLinger: (() => void) | null = null
  #cancelPause: (() => void) | null = null
  #waiting: (() => void)[] = []
  /** A deadline for all of it has passed: what fails now is not tried again. */
  #over = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Entries that are neither told nor given up. */
  get outstanding(): number {
    return this.#outstanding
  }

  add(entry: Entry): void {
    if (this.#outstanding >= maxOutstanding) {
      this.#needs.onGivenUp([entry], 'too many outstanding')
      return
    }
    this.#outstanding += 1
    this.#queue.push({ ...entry, tried: false })
    if (this.#queue.length >= batchSize) this.#flush()
    else this.#cancelLinger ??= this.#needs.clock.after(lingerMs, () => this.#flush())
  }

  /** Resolves when nothing is outstanding; after `withinMs` what still is, is given up. */
  async drained(withinMs: number): Promise<void> {
    if (this.#outstanding === 0) return
    const done = new Promise<void>((resolve) => this.#waiting.push(resolve))
    const cancel = this.#needs.clock.after(withinMs, () => {
      this.#over = true
      this.#stopTimers()
      this.#giveUp(this.#queue.splice(0), 'the deadline for settling has passed')
      // Calls that are under way still end, within the time limits of the client.
      for (const resolve of this.#waiting.splice(0)) resolve()
    })
    this.#flush()
    await done
    cancel()
  }

  #flush(): void {
    this.#cancelLinger?.()
    this.#cancelLinger = null
    while (this.#queue.length > 0 && this.#calls < maxCalls && this.#cancelPause === null) {
      const batch = this.#take()
      if (batch.length > 0) void this.#tell(batch)
    }
  }

  #take(): Entry[] {
    const now = this.#needs.clock.now()
    const batch = this.#queue.splice(0, batchSize)
    const late = batch.filter(({ tried, expiresAt }) => tried && expiresAt <= now)
    if (late.length > 0) this.#giveUp(late, 'the visibility timeout has passed')
    return late.length > 0 ? batch.filter((entry) => !late.includes(entry)) : batch
  }

  async #tell(batch: readonly Entry[]): Promise<void> {
    this.#calls += 1
    try {
      const failures = await this.#needs.call(batch)
      this.#told(batch.length - failures.length)
      this.#refused(failures.filter(({ final }) => final))
      this.#again(failures.filter(({ final }) => !final))
    } catch (reason) {
      this.#again(batch.map((entry) => ({ entry, final: false, reason })))
    } finally {
      this.#calls -= 1
      // What still lingers goes with its own timer, in a fuller call.
      if (this.#cancelLinger === null || this.#queue.length >= batchSize) this.#flush()
    }
  }

  #told(count: number): void {
    if (count === 0) return
    this.#finish(count)
    this.#needs.onDone(count)
    if (this.#cancelPause === null) this.#failures = 0
  }

  #refused(failures: readonly Failure[]): void {
    this.#giveUp(
      failures.map(({ entry }) => entry),
      failures[0]?.reason,
    )
  }

  #again(failures: readonly Failure[]): void {
    if (failures.length === 0) return
    if (this.#over) {
      this.#refused(failures)
      return
    }
    this.#queue.unshift(...failures.map(({ entry }) => ({ ...entry, tried: true })))
    // Calls that fail together are one failure, or sixteen of them would mean the longest wait at once.
    if (this.#cancelPause !== null) return
    this.#failures += 1
    const ms = backOffMs(this.#failures, backOffFromMs, backOffToMs, this.#needs.random)
    this.#cancelPause = this.#needs.clock.after(ms, () => {
      this.#cancelPause = null
      this.#flush()
    })
  }

  #giveUp(entries: readonly Entry[], reason: unknown): void {
    if (entries.length === 0) return
    this.#finish(entries.length)
    this.#needs.onGivenUp(entries, reason)
  }

  #finish(count: number): void {
    this.#outstanding -= count
    if (this.#outstanding > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #stopTimers(): void {
    this.#cancelLinger?.()
    this.#cancelLinger = null
    this.#cancelPause?.()
    this.#cancelPause = null
  }
}
