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
  /** Told `ok` or the name of what went wrong whenever that changes. */
  readonly onHealth?: (health: string) => void
  readonly random?: () => number
}

/** The most SQS gives at once, and the longest it waits for the first. */
const batchSize = 10
const waitTimeSeconds = 20
const backOffFromMs = 100
const backOffToMs = 20_000
/** While memory is full: how long a word that there is room again may be missed, and how often it may be wrong. */
const fullPauseMs = 250
const stillFullPauseMs = 20

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
  #failures = 0
  /** Null before the first answer. */
  #health: string | null = null

  constructor(needs: PollerNeeds) {
    this.#needs = needs
    this.#intake = new Intake(needs)
  }

  /** Receives until the signal aborts and the open receives have run out, up to 20 s later. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (await this.#mayReceive(signal)) {
      try {
        const received = await this.#receive(signal)
        this.#recovered()
        if (received === batchSize) this.#receiveMore(signal)
      } catch (err) {
        this.#failed(err)
        await pause(this.#needs.clock, this.#backOffMs(), signal)
      }
    }
    await Promise.all(this.#extra)
  }

  /** Opens one more receive beside the lasting one. It ends with the first batch that is less than half full. */
  #receiveMore(signal: AbortSignal): void {
    if (this.#extra.size + 1 >= (this.#needs.maxReceives ?? 8) || signal.aborted) return
    const extra = this.#receiveWhileBusy(signal).finally(() => this.#extra.delete(extra))
    this.#extra.add(extra)
  }

  async #receiveWhileBusy(signal: AbortSignal): Promise<void> {
    try {
      while (await this.#mayReceive(signal)) {
        const received = await this.#receive(signal)
        if (received === batchSize) this.#receiveMore(signal)
        else if (received < batchSize / 2) return
      }
    } catch {
      // Counted; the lasting receive meets the same trouble, logs it and backs off.
    }
  }

  /** False when the signal has aborted; waits while memory is full. */
  async #mayReceive(signal: AbortSignal): Promise<boolean> {
    const { clock, port } = this.#needs
    while (!signal.aborted && port.full()) {
      const room = new AbortController()
      // Whether it resolves or rejects: it only ends the wait early.
      port.whenRoom?.().then(
        () => room.abort(),
        () => {},
      )
      await pause(clock, fullPauseMs, AbortSignal.any([signal, room.signal]))
      if (port.full()) await pause(clock, stillFullPauseMs, signal)
    }
    return !signal.aborted
  }

  /** One receive and what becomes of its messages; answers how many there were. */
  async #receive(signal: AbortSignal): Promise<number> {
    const { clock, gap, counters, visibilityTimeoutSeconds } = this.#needs
    const issuedAt = clock.now()
    const messages = await this.#ask()
    const expiresAt = gap.earliestArrival(issuedAt) + visibilityTimeoutSeconds * 1_000
    counters.received += messages.length
    if (messages.length === 0) counters.emptyReceives += 1
    else if (signal.aborted) this.#intake.giveBack(messages, expiresAt)
    else await this.#intake.take(messages, expiresAt)
    return messages.length
  }

  async #ask(): Promise<readonly Message[]> {
    const { client, queueUrl, counters, visibilityTimeoutSeconds } = this.#needs
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
      counters.receiveErrors += 1
      throw error
    } finally {
      counters.receiving -= 1
    }
  }

  #recovered(): void {
    this.#failures = 0
    if (this.#health !== 'ok') this.#needs.log.info({ queueUrl: this.#needs.queueUrl }, 'receiving from the queue')
    this.#say('ok')
  }

  #failed(err: unknown): void {
    this.#failures += 1
    // One line when it begins, however the reason changes while it lasts.
    if (this.#health === 'ok' || this.#health === null) {
      this.#needs.log.warn({ err, queueUrl: this.#needs.queueUrl }, 'receiving from the queue fails and is tried again')
    }
    this.#say(reasonOf(err))
  }

  #say(health: string): void {
    if (this.#health === health) return
    this.#health = health
    this.#needs.onHealth?.(health)
  }

  #backOffMs(): number {
    return backOffMs(this.#failures, backOffFromMs, backOffToMs, this.#needs.random ?? Math.random)
  }
}

/** A code or a name, never the message: readiness shows it to everybody. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
