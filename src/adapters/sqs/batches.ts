import type { Clock } from '../../delivery/ports.ts'
import { backOffMs } from '../clock.ts'

/** One message that SQS is to delete, to show again or to hide. */
export interface Entry {
  readonly handle: string
  readonly key: string
  /** When the receipt handle ends, by `Clock.now()`: a retry after that is of no use. */
  readonly expiresAt: number
  /** When a hidden message is to be shown again, by `Clock.now()`. */
  readonly visibleAt?: number
}

export interface Failure {
  readonly entry: Entry
  /** True when SQS says that a retry will not help. */
  readonly final: boolean
  readonly reason: unknown
}

interface Needs {
  readonly clock: Clock
  readonly random: () => number
  /** How long the first entry waits for others to share its call, while fewer than ten are due. */
  readonly lingerMs: number
  /** Makes one call for up to ten entries. Returns the entries that failed; rejects when the call did. */
  readonly call: (entries: readonly Entry[]) => Promise<readonly Failure[]>
  /** Called when SQS has confirmed entries, after they have left the outstanding ones. */
  readonly onDone: (count: number) => void
  /** Called when entries are abandoned, after they have left the outstanding ones. */
  readonly onGivenUp: (entries: readonly Entry[], reason: unknown) => void
}

/** SQS takes ten entries in a call. */
const batchSize = 10
/** At some 10 ms a call this is 16,000 entries a second; sockets of the acting client are left for sends. */
const maxCalls = 16
/** Some 25 MB of receipt handles: during an outage of SQS under full load the memory stays bounded. */
const maxOutstanding = 50_000
const backOffFromMs = 100
const backOffToMs = 5_000

/**
 * Entries on their way to SQS, ten in a call. A failed entry is retried with back-off until its receipt handle ends;
 * then it is given up, which only means that SQS shows its message again.
 */
export class Batches {
  readonly #needs: Needs
  #queue: (Entry & { retried: boolean })[] = []
  #outstanding = 0
  #calls = 0
  #failures = 0
  #cancelLinger: (() => void) | null = null
  #cancelPause: (() => void) | null = null
  #waiting: (() => void)[] = []
  /** True once the deadline of `drained` has passed: failures are not retried any more. */
  #over = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** How many entries are neither confirmed nor given up. */
  get outstanding(): number {
    return this.#outstanding
  }

  add(entry: Entry): void {
    if (this.#outstanding >= maxOutstanding) {
      this.#needs.onGivenUp([entry], 'too many outstanding')
      return
    }
    this.#outstanding += 1
    this.#queue.push({ ...entry, retried: false })
    if (this.#queue.length >= batchSize) this.#flush()
    else this.#cancelLinger ??= this.#needs.clock.after(this.#needs.lingerMs, () => this.#flush())
  }

  /** Resolves when nothing is outstanding. Entries that are outstanding after `withinMs` are given up. */
  async drained(withinMs: number): Promise<void> {
    if (this.#outstanding === 0) return
    const done = new Promise<void>((resolve) => this.#waiting.push(resolve))
    const cancel = this.#needs.clock.after(withinMs, () => {
      this.#over = true
      this.#stopTimers()
      this.#giveUp(this.#queue.splice(0), 'the deadline for settling has passed')
      // Calls in flight still end, within the time limits of the client.
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
      if (batch.length > 0) void this.#send(batch)
    }
  }

  #take(): Entry[] {
    const now = this.#needs.clock.now()
    const batch = this.#queue.splice(0, batchSize)
    const late = batch.filter(({ retried, expiresAt }) => retried && expiresAt <= now)
    if (late.length > 0) this.#giveUp(late, 'the visibility timeout has passed')
    return late.length > 0 ? batch.filter((entry) => !late.includes(entry)) : batch
  }

  async #send(batch: readonly Entry[]): Promise<void> {
    this.#calls += 1
    try {
      const failures = await this.#needs.call(batch)
      this.#confirmed(batch.length - failures.length)
      this.#refused(failures.filter(({ final }) => final))
      this.#retry(failures.filter(({ final }) => !final))
    } catch (reason) {
      this.#retry(batch.map((entry) => ({ entry, final: false, reason })))
    } finally {
      this.#calls -= 1
      // Entries that still linger go with their own timer, in a fuller call.
      if (this.#cancelLinger === null || this.#queue.length >= batchSize) this.#flush()
    }
  }

  #confirmed(count: number): void {
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

  #retry(failures: readonly Failure[]): void {
    if (failures.length === 0) return
    if (this.#over) {
      this.#refused(failures)
      return
    }
    this.#queue.unshift(...failures.map(({ entry }) => ({ ...entry, retried: true })))
    // Calls that fail together count as one failure: sixteen would jump to the maximum wait at once.
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
