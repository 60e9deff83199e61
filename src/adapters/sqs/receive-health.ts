import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { backOffMs } from '../clock.ts'
import { isSqsError, reasonOf } from './sqs-error.ts'

export interface ReceiveHealthNeeds {
  readonly queueUrl: string
  readonly clock: Clock
  readonly log: Log
  /**
   * When present, a missing queue is no failure. Called each time the queue is found missing; returns whether it has
   * been created meanwhile, rejects when that failed.
   */
  readonly onMissing?: () => Promise<boolean>
  /** Called with `ok`, `missing` or the name of the error: whenever that changes, and after every failure. */
  readonly onHealth?: (health: string) => void
  readonly random?: () => number
}

const backOffFromMs = 100
const backOffToMs = 20_000
/** How often a missing queue is asked for: often enough for the client that waits, seldom enough for the bill. */
const missingFromMs = 1_000
const missingToMs = 10_000

/** How receiving from one queue goes: tells of it, and decides after a failure when it is tried again. */
export class ReceiveHealth {
  readonly #needs: ReceiveHealthNeeds
  readonly #outage: OutageLog
  #failures = 0
  /** Null before the first response. */
  #health: string | null = null

  constructor(needs: ReceiveHealthNeeds) {
    this.#needs = needs
    this.#outage = new OutageLog({
      ...needs,
      failing: 'receiving from the queue fails and is tried again',
      recovered: 'receiving from the queue again',
    })
  }

  /** Whether the last receive worked. */
  get isOk(): boolean {
    return this.#health === 'ok'
  }

  /** Whether the error of a receive says that the queue is missing, where that is no failure. */
  isMissing(error: unknown): boolean {
    return this.#needs.onMissing !== undefined && isSqsError(error, 'QueueDoesNotExist')
  }

  worked(): void {
    this.#failures = 0
    const { queueUrl, log } = this.#needs
    if (this.#health === null || this.#health === 'missing') log.info({ queueUrl }, 'receiving from the queue')
    this.#outage.worked({ queueUrl })
    this.#report('ok')
  }

  /** Reports the failure; returns how many milliseconds to wait. */
  async failed(err: unknown): Promise<number> {
    const { onMissing, queueUrl, log, random = Math.random } = this.#needs
    let reason = err
    if (onMissing !== undefined && this.isMissing(err)) {
      try {
        const created = await onMissing()
        this.#failures += 1
        if (this.#health !== 'missing') log.info({ queueUrl }, 'the queue does not exist; receiving from it is retried')
        this.#report('missing')
        // A queue that was just created is soon known everywhere.
        return backOffMs(this.#failures, created ? backOffFromMs : missingFromMs, missingToMs, random)
      } catch (error) {
        reason = error
      }
    }
    this.#failures += 1
    this.#outage.failed(reason, { operation: 'receive', queueUrl })
    this.#report(reasonOf(reason))
    return backOffMs(this.#failures, backOffFromMs, backOffToMs, random)
  }

  #report(health: string): void {
    if (this.#health === health && (health === 'ok' || health === 'missing')) return
    this.#health = health
    this.#needs.onHealth?.(health)
  }
}
