import type { SQSClient } from '@aws-sdk/client-sqs'
import { pause } from '../clock.ts'
import { BatchSize } from './batch-size.ts'
import type { ClockGap } from './clock-gap.ts'
import type { SqsCounters } from './counters.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { ReceiptKeeping } from './receipt-keeping.ts'
import { type Received, receive } from './receive.ts'
import { ReceiveHealth, type ReceiveHealthNeeds } from './receive-health.ts'
import { room } from './room.ts'
import type { Semaphore } from './semaphore.ts'
import type { Settlements } from './settlements.ts'
import { type LeasePort, Sorting } from './sorting.ts'

export interface PollerNeeds extends ReceiveHealthNeeds {
  /** The receiving client, with at least `maxReceives` sockets for this poller. */
  readonly client: SQSClient
  /** Runs for longer than the poller. */
  readonly gap: ClockGap
  readonly settlements: Settlements
  readonly deadLetters: DeadLetters
  readonly port: LeasePort
  readonly visibilityTimeoutSeconds: number
  /** The JSON pointer (RFC 6901) to the addressee in events of EventBridge. */
  readonly addresseePointer: string
  /** Keeps receipts; none are kept when absent. */
  readonly receipts?: ReceiptKeeping
  readonly counters: SqsCounters
  /** The maximum of receives in flight while the queue is busy; 8 by default. */
  readonly maxReceives?: number
  /** The only client whose notifications may come from this queue; any client's when absent. */
  readonly addressee?: string
  /**
   * Limits how many pollers short-poll (`WaitTimeSeconds: 0`) at once, as each does until its first response. Unlimited
   * when absent.
   */
  readonly shortPolls?: Semaphore
  /** How long a receive waits for the first message; as long as SQS allows unless given. */
  readonly longPoll?: { readonly seconds: number }
}

/** SQS's own maximum of seconds that a receive waits for the first message. */
const maxWaitSeconds = 20
/** Releases nothing: a long poll needs no permit. */
const noPermit = () => {}
/** Shared, since each abort makes an error with a stack, and there are thousands of pollers. */
const stopped = AbortSignal.abort()

/**
 * Receives from one queue. The main loop always has one receive in flight; more are added while batches come back full and
 * there is memory for them.
 *
 * A receive is never aborted: SQS may be handing a message to it, which would then be hidden for a whole visibility
 * timeout. To stop, no further receive is issued, those in flight run out, and the messages they bring are released.
 */
export class Poller {
  readonly #needs: PollerNeeds
  readonly #sorting: Sorting
  readonly #batchSize: BatchSize
  readonly #health: ReceiveHealth
  readonly #extra = new Set<Promise<void>>()
  #signal = stopped
  #mainLoop = Promise.resolve()
  /** True while the main receive loop runs; cleared synchronously when the loop sees its signal aborted. */
  #receiving = false

  constructor(needs: PollerNeeds) {
    this.#needs = needs
    this.#sorting = new Sorting(needs)
    this.#batchSize = new BatchSize(needs.port)
    this.#health = new ReceiveHealth(needs)
  }

  /**
   * Receives until the signal aborts and the receives in flight have run out, up to 20 s later. Never rejects.
   * Called again before that, it goes on under the new signal with the receives that are still in flight.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    if (!this.#receiving) this.#mainLoop = this.#receiveOn()
    await this.#mainLoop
    await Promise.all(this.#extra)
  }

  async #receiveOn(): Promise<void> {
    this.#receiving = true
    for (;;) {
      await room(this.#needs, () => this.#signal)
      const release = await this.#permit()
      if (this.#signal.aborted) {
        this.#receiving = false
        release?.()
        return
      }
      if (release === null) continue
      const backOff = await this.#receiveOnce()
      release()
      if (backOff > 0) await this.#backOff(backOff)
    }
  }

  async #backOff(ms: number): Promise<void> {
    const { clock, counters } = this.#needs
    counters.backingOff += 1
    await pause(clock, ms, this.#signal)
    counters.backingOff -= 1
  }

  /** Returns how many milliseconds to wait before the next receive. */
  async #receiveOnce(): Promise<number> {
    try {
      const { isFull } = await this.#receive()
      this.#health.worked()
      if (isFull) this.#receiveMore()
      return 0
    } catch (err) {
      return this.#health.failed(err)
    }
  }

  /** Adds one receive beside the main loop. It ends with the first batch that is less than half full. */
  #receiveMore(): void {
    if (this.#extra.size + 1 >= (this.#needs.maxReceives ?? 8) || this.#signal.aborted) return
    if (!this.#batchSize.hasRoom) return
    const extra = this.#receiveWhileBusy().finally(() => this.#extra.delete(extra))
    this.#extra.add(extra)
  }

  async #receiveWhileBusy(): Promise<void> {
    try {
      for (;;) {
        await room(this.#needs, () => this.#signal)
        if (this.#signal.aborted) return
        if (!this.#batchSize.hasRoom) return
        const { isFull, isSmall } = await this.#receive()
        if (isFull) this.#receiveMore()
        else if (isSmall) return
      }
    } catch {
      // Counted; the main loop meets the same failure, logs it and backs off.
    }
  }

  /** Resolves when a receive may be issued: a long poll at once, a short poll with a permit. Null: the signal aborted. */
  #permit(): Promise<(() => void) | null> {
    const { shortPolls } = this.#needs
    return this.#health.isOk || shortPolls === undefined ? Promise.resolve(noPermit) : shortPolls.acquire(this.#signal)
  }

  /** Receives once and passes the messages on; returns whether there were as many as asked for, or less than half. */
  async #receive(): Promise<{ readonly isFull: boolean; readonly isSmall: boolean }> {
    const { maxMessages, end } = this.#batchSize.begin()
    const received = await this.#receiveAtMost(maxMessages).finally(end)
    return { isFull: received === maxMessages, isSmall: received < maxMessages / 2 }
  }

  async #receiveAtMost(maxMessages: number): Promise<number> {
    const { clock, gap, counters, visibilityTimeoutSeconds } = this.#needs
    const issuedAt = clock.now()
    const { messages, arrivedAt } = await this.#request(maxMessages)
    // A response may have waited to be read, here or because the process stood still.
    const beganAt = Math.min(gap.earliestArrival(issuedAt), arrivedAt)
    const expiresAt = beganAt + visibilityTimeoutSeconds * 1_000
    counters.received += messages.length
    this.#batchSize.note(messages)
    if (messages.length === 0) counters.emptyReceives += 1
    else if (this.#signal.aborted) this.#sorting.giveBack(messages, expiresAt)
    else await this.#sorting.take(messages, expiresAt)
    return messages.length
  }

  async #request(maxMessages: number): Promise<Received> {
    const { client, queueUrl, visibilityTimeoutSeconds, counters, longPoll } = this.#needs
    counters.receives.count()
    counters.receiving += 1
    try {
      // Before the first response, and after a failure, it does not wait: readiness should not take 20 s.
      const waitSeconds = this.#health.isOk ? (longPoll?.seconds ?? maxWaitSeconds) : 0
      return await receive(client, { queueUrl, visibilityTimeoutSeconds, maxMessages, waitSeconds })
    } catch (error) {
      counters[this.#health.isMissing(error) ? 'missing' : 'receiveErrors'] += 1
      throw error
    } finally {
      counters.receiving -= 1
    }
  }
}
