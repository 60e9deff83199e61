import { describeQueue } from '../../adapters/sqs/queue.ts'
import { openQueueReader, type QueueReader, type ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import type { LeasePort } from '../../adapters/sqs/sorting.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Finding } from '../../delivery/refusal.ts'
import { GivenQueue, receivingFinding } from '../given-queue.ts'
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
}

/** Makes and opens the queue of this instance, and knows how it is. */
export class OwnQueues {
  readonly #needs: Needs
  /** The queue that was opened last. */
  #queueUrl: string | null = null
  /** `ok`, the name of the error of its last receive, or null before the first. */
  #health: string | null = null
  #isConfirming = false
  /** The queue that the settings give, in place of one that is made. */
  readonly #given: GivenQueue | null
  /** Called when a queue that this instance made, and receives from, is gone. */
  onGone: (queueUrl: string) => void = () => {}

  constructor(needs: Needs) {
    this.#needs = needs
    const { config, sqs, log } = needs
    const queueUrl = config.SQS_QUEUE_URL
    this.#given =
      queueUrl === null ? null : new GivenQueue({ setting: 'SQS_QUEUE_URL', queueUrl, clock: sqs.clock, log })
  }

  /** Makes the queue for an instance of this id, or names the queue that the settings give. */
  provide(instanceId: string): Promise<OwnQueue> {
    return provideQueue(this.#needs, instanceId)
  }

  /** Prepares to receive from the queue. Rejects when there is none. */
  async open(queueUrl: string): Promise<QueueReader> {
    const { sqs, port } = this.#needs
    const watch = this.#given?.watch ?? { onHealth: (health: string) => this.#received(queueUrl, health) }
    const reader = await openQueueReader(sqs, { queueUrl, kind: 'instance-queue' }, port, watch)
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
    const { sqs, sleep, leaving } = this.#needs
    const { acting } = sqs.clients
    for (;;) {
      await sleep(confirmMs, leaving)
      if (leaving.aborted || queueUrl !== this.#queueUrl || !this.#isMissing) return
      const isGone = (await describeQueue(acting, queueUrl).catch(() => undefined)) === null
      if (!isGone) continue
      // An emulator that has lost its data has lost the dead-letter queue as well.
      sqs.dlq.forgetOwn()
      return this.onGone(queueUrl)
    }
  }

  /** Whether messages can be received, for readiness. */
  get finding(): Finding {
    return this.#given === null ? receivingFinding(this.#health) : this.#given.finding
  }
}
