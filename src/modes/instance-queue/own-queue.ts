import type { LeasePort } from '../../adapters/sqs/intake.ts'
import { describeQueue } from '../../adapters/sqs/queue.ts'
import { openQueueReader, type QueueReader, type ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Finding } from '../../delivery/refusal.ts'
import { type OwnQueue, type OwnQueueConfig, provideQueue } from './provide-queue.ts'

/** SQS may say of a queue that was just made that it does not exist, so it is asked again this much later. */
const confirmMs = 2_000
/** The health of a queue whose receives say that it does not exist; the older protocol has the other name. */
const missing = /(^|\.)(QueueDoesNotExist|NonExistentQueue)$/

interface Needs {
  readonly config: OwnQueueConfig
  readonly sqs: ReaderNeeds
  /** Takes what the queue brings. */
  readonly port: LeasePort
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Aborts when the instance leaves. */
  readonly leaving: AbortSignal
  readonly log: Log
  /** Called when a queue that this instance made, and receives from, is gone. */
  readonly onGone: (queueUrl: string) => void
}

/** Makes and opens the queue of this instance, and knows how it is. */
export class OwnQueues {
  readonly #needs: Needs
  /** The queue that was opened last. */
  #queueUrl: string | null = null
  /** `ok`, the name of the error of its last receive, or null before the first. */
  #health: string | null = null
  #isConfirming = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Makes the queue for an instance of this id, or names the queue that the settings give. */
  provide(instanceId: string): Promise<OwnQueue> {
    return provideQueue(this.#needs, instanceId)
  }

  /** Prepares to receive from the queue. Rejects when there is none. */
  async open(queueUrl: string): Promise<QueueReader> {
    const { sqs, port } = this.#needs
    const reader = await openQueueReader(sqs, queueUrl, port, (health) => this.#received(queueUrl, health))
    if (reader === null) throw new Error(`SQS_QUEUE_URL: there is no queue at ${queueUrl}`)
    this.#queueUrl = queueUrl
    this.#health = null
    return reader
  }

  #received(queueUrl: string, health: string): void {
    if (queueUrl !== this.#queueUrl) return
    this.#health = health
    if (!this.#isMissing || this.#isConfirming) return
    this.#isConfirming = true
    void this.#confirm(queueUrl).finally(() => {
      this.#isConfirming = false
    })
  }

  get #isMissing(): boolean {
    return this.#health !== null && missing.test(this.#health)
  }

  /** Looks until it is certain that the queue is gone, or is there after all. */
  async #confirm(queueUrl: string): Promise<void> {
    const { config, sqs, sleep, leaving, log, onGone } = this.#needs
    const { acting } = sqs.clients
    for (;;) {
      await sleep(confirmMs, leaving)
      if (leaving.aborted || queueUrl !== this.#queueUrl || !this.#isMissing) return
      const isGone = (await describeQueue(acting, queueUrl).catch(() => undefined)) === null
      if (!isGone) continue
      if (config.SQS_QUEUE_URL === null) return onGone(queueUrl)
      const sentence = 'the queue at SQS_QUEUE_URL is gone: create it again; until then the instance is not ready'
      return log.error({ queueUrl }, sentence)
    }
  }

  /** Whether messages can be received, for readiness. */
  get finding(): Finding {
    if (this.#health === 'ok') return 'ok'
    const reason =
      this.#health === null ? 'nothing was received yet' : `receiving from the queue fails: ${this.#health}`
    return { code: 'ERROR_SQS_UNEXPECTED_ERROR', reason }
  }
}
