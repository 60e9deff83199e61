import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../../delivery/ports.ts'
import { backOffMs } from './back-off.ts'
import type { ClockGap } from './clock-gap.ts'
import type { SqsCounters } from './counters.ts'
import type { DeadLetters } from './dead-letters.ts'
import { Intake, type LeasePort } from './intake.ts'
import type { Log } from './log.ts'
import { pause } from './pause.ts'
import type { Settlements } from './settlements.ts'
import { isSqsError, reasonOf } from './sqs-error.ts'
import type { Turns } from './turns.ts'

export interface PollerNeeds {
  /** The receiving client, with at least `maxReceives` sockets for this poller. */
  readonly client: SQSClient
  readonly queueUrl: string
  readonly clock: Clock
  /** Has to be running for longer than the poller. */
  readonly gap: ClockGap
  readonly settlements: Settlements
  readonly deadLetters: DeadLetters
  readonly port: LeasePort
  readonly visibilityTimeoutSeconds: number
  readonly counters: SqsCounters
  readonly log: Log
  /** Receives open at once while the queue is busy; 8 unless told. */
  readonly maxReceives?: number
  /** The only client whose notifications may come from this queue; without it, they are for anybody. */
  readonly addressee?: string
  /** Whose turn it is to ask without waiting, which is how a poller starts; without it, whoever wants to. */
  readonly turns?: Turns
  /**
   * With it, a queue that is not there is no failure. Called each time it is found missing; answers whether it has been
   * created meanwhile, rejects when that failed.
   */
  readonly onMissing?: () => Promise<boolean>
  /** Told `ok`, `missing` or the name of what went wrong whenever that changes. */
  readonly onHealth?: (health: string) => void
  readonly random?: () => number
}

/** The most SQS gives at once, and the longest it waits for the first. */
const batchSize = 10
const waitTimeSeconds = 20
const backOffFromMs = 100
const backOffToMs = 20_000
/** A queue that is not there: often enough for the client that waits, seldom enough for the bill. */
const missingFromMs = 1_000
const missingToMs = 10_000
/** While memory is full: how long a word that there is room again may be missed, and how often it may be wrong. */
const fullPauseMs = 250
const stillFullPauseMs = 20

const atOnce = () => {}

/**
 * Receives from one queue. One receive is always open; more are opened while batches come back full.
 *
 * A receive is never aborted: SQS may be handing a message to it, which would then be hidden for a whole visibility
 * timeout. To stop, no further receive is issued, the open ones run out, and what they bring is given back.
 */
export class Poller {
  readonly #needs: PollerNeeds
  readonly #intake: Intake
  readonly #extra = new Set<Promise<void>>()
  #signal = AbortSignal.abort()
  #lasting = Promise.resolve()
  /** Whether the lasting receive goes on: falls in the same step in which it has found itself stopped. */
  #lasts = false
  #failures = 0
  /** Null before the first answer. */
  #health: string | null = null

  constructor(needs: PollerNeeds) {
    this.#needs = needs
    this.#intake = new Intake(needs)
  }

  /**
   * Receives until the signal aborts and the open receives have run out, up to 20 s later. Never rejects.
   * Called again before that, it goes on under the new signal with the receives that are still open.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    if (!this.#lasts) this.#lasting = this.#receiveOn()
    await this.#lasting
    await Promise.all(this.#extra)
  }

  async #receiveOn(): Promise<void> {
    this.#lasts = true
    for (;;) {
      await this.#room()
      const endTurn = await this.#turn()
      if (this.#signal.aborted) {
        this.#lasts = false
        endTurn?.()
        return
      }
      if (endTurn === null) continue
      const backOff = await this.#receiveOnce()
      endTurn()
      if (backOff > 0) await pause(this.#needs.clock, backOff, this.#signal)
    }
  }

  /** Answers how long to wait before the next one, in milliseconds. */
  async #receiveOnce(): Promise<number> {
    try {
      const received = await this.#receive()
      this.#recovered()
      if (received === batchSize) this.#receiveMore()
      return 0
    } catch (err) {
      return this.#failed(err)
    }
  }

  /** Opens one more receive beside the lasting one. It ends with the first batch that is less than half full. */
  #receiveMore(): void {
    if (this.#extra.size + 1 >= (this.#needs.maxReceives ?? 8) || this.#signal.aborted) return
    const extra = this.#receiveWhileBusy().finally(() => this.#extra.delete(extra))
    this.#extra.add(extra)
  }

  async #receiveWhileBusy(): Promise<void> {
    try {
      for (;;) {
        await this.#room()
        if (this.#signal.aborted) return
        const received = await this.#receive()
        if (received === batchSize) this.#receiveMore()
        else if (received < batchSize / 2) return
      }
    } catch {
      // Counted; the lasting receive meets the same trouble, logs it and backs off.
    }
  }

  /** Waits while memory is full. */
  async #room(): Promise<void> {
    const { clock, port } = this.#needs
    while (!this.#signal.aborted && port.full()) {
      const room = new AbortController()
      // Whether it resolves or rejects: it only ends the wait early.
      port.whenRoom?.().then(
        () => room.abort(),
        () => {},
      )
      await pause(clock, fullPauseMs, AbortSignal.any([this.#signal, room.signal]))
      if (port.full()) await pause(clock, stillFullPauseMs, this.#signal)
    }
  }

  /** A receive that waits may be issued at any time; one that asks at once takes its turn. Null: stopped meanwhile. */
  #turn(): Promise<(() => void) | null> {
    const { turns } = this.#needs
    return this.#health === 'ok' || turns === undefined ? Promise.resolve(atOnce) : turns.take(this.#signal)
  }

  /** One receive and what becomes of its messages; answers how many there were. */
  async #receive(): Promise<number> {
    const { clock, gap, counters, visibilityTimeoutSeconds } = this.#needs
    const issuedAt = clock.now()
    const messages = await this.#ask()
    const expiresAt = gap.earliestArrival(issuedAt) + visibilityTimeoutSeconds * 1_000
    counters.received += messages.length
    if (messages.length === 0) counters.emptyReceives += 1
    else if (this.#signal.aborted) this.#intake.giveBack(messages, expiresAt)
    else await this.#intake.take(messages, expiresAt)
    return messages.length
  }

  async #ask(): Promise<readonly Message[]> {
    const { client, queueUrl, counters, visibilityTimeoutSeconds } = this.#needs
    counters.receives.count()
    counters.receiving += 1
    try {
      const { Messages } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: batchSize,
          // Before the first answer, and after a failure, it is asked without waiting: readiness should not take 20 s.
          WaitTimeSeconds: this.#health === 'ok' ? waitTimeSeconds : 0,
          VisibilityTimeout: visibilityTimeoutSeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      )
      return Messages ?? []
    } catch (error) {
      counters[this.#isMissing(error) ? 'missing' : 'receiveErrors'] += 1
      throw error
    } finally {
      counters.receiving -= 1
    }
  }

  #isMissing(error: unknown): boolean {
    return this.#needs.onMissing !== undefined && isSqsError(error, 'QueueDoesNotExist')
  }

  #recovered(): void {
    this.#failures = 0
    if (this.#health !== 'ok') this.#needs.log.info({ queueUrl: this.#needs.queueUrl }, 'receiving from the queue')
    this.#say('ok')
  }

  /** Says what is wrong; answers how long to wait, in milliseconds. */
  async #failed(err: unknown): Promise<number> {
    const { onMissing, queueUrl, log, random = Math.random } = this.#needs
    let reason = err
    if (onMissing !== undefined && this.#isMissing(err)) {
      try {
        const created = await onMissing()
        this.#failures += 1
        if (this.#health !== 'missing') log.info({ queueUrl }, 'there is no such queue; it is asked for again')
        this.#say('missing')
        // One that was just created is soon known everywhere.
        return backOffMs(this.#failures, created ? backOffFromMs : missingFromMs, missingToMs, random)
      } catch (error) {
        reason = error
      }
    }
    this.#failures += 1
    // One line when it begins, however the reason changes while it lasts.
    if (this.#health === null || this.#health === 'ok' || this.#health === 'missing') {
      log.warn({ err: reason, queueUrl }, 'receiving from the queue fails and is tried again')
    }
    this.#say(reasonOf(reason))
    return backOffMs(this.#failures, backOffFromMs, backOffToMs, random)
  }

  #say(health: string): void {
    if (this.#health === health) return
    this.#health = health
    this.#needs.onHealth?.(health)
  }
}
