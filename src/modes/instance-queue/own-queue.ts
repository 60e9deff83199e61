import type { LeasePort } from '../../adapters/sqs/intake.ts'
import { openQueueReader, type QueueReader, type ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Finding } from '../../delivery/refusal.ts'
import { type OwnQueue, type OwnQueueConfig, provideQueue } from './provide-queue.ts'

interface Needs {
  readonly config: OwnQueueConfig
  readonly sqs: ReaderNeeds
  /** Takes what the queue brings. */
  readonly port: LeasePort
  readonly log: Log
}

/** Makes and opens the queue of this instance, and knows how it is. */
export class OwnQueues {
  readonly #needs: Needs
  /** `ok`, the name of the error of the last receive, or null before the first. */
  #health: string | null = null

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
    const reader = await openQueueReader(sqs, queueUrl, port, (health) => {
      this.#health = health
    })
    if (reader === null) throw new Error(`SQS_QUEUE_URL: there is no queue at ${queueUrl}`)
    return reader
  }

  /** Whether messages can be received, for readiness. */
  get finding(): Finding {
    if (this.#health === 'ok') return 'ok'
    const reason =
      this.#health === null ? 'nothing was received yet' : `receiving from the queue fails: ${this.#health}`
    return { code: 'ERROR_SQS_UNEXPECTED_ERROR', reason }
  }
}
