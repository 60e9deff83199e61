import type { QueueWatch } from '../adapters/sqs/queue-reader.ts'
import { OutageLog } from '../delivery/outage-log.ts'
import type { Clock, Log } from '../delivery/ports.ts'
import type { Finding } from '../delivery/refusal.ts'

interface Needs {
  readonly setting: 'SQS_QUEUE_URL' | 'SQS_INTAKE_QUEUE_URL'
  readonly queueUrl: string
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/**
 * A queue that the settings give by its URL. Only its owner can create it again when it is gone: until then the log and
 * readiness say so, and receiving from it is retried.
 */
export class GivenQueue {
  readonly #queueUrl: string
  readonly #gone: OutageLog
  /** `ok`, `missing`, the name of the error of its last receive, or null before the first. */
  #health: string | null = null

  constructor({ setting, queueUrl, clock, log }: Needs) {
    this.#queueUrl = queueUrl
    this.#gone = new OutageLog({
      ...{ clock, log },
      failing: `the queue at ${setting} is gone: create it again; until then the instance is not ready`,
      recovered: `the queue at ${setting} is there again`,
    })
  }

  /** For the reader of the queue. */
  readonly watch: QueueWatch = {
    onHealth: (health) => {
      this.#health = health
      if (health === 'ok') this.#gone.worked({ queueUrl: this.#queueUrl })
    },
    onMissing: async () => {
      this.#gone.failed(null, { queueUrl: this.#queueUrl })
      return false
    },
  }

  /** Whether messages can be received, for readiness. */
  get finding(): Finding {
    return receivingFinding(this.#health === 'missing' ? 'QueueDoesNotExist' : this.#health)
  }
}

/** Returns the finding for a queue of this health: `ok`, the name of an error, or null before the first receive. */
export function receivingFinding(health: string | null): Finding {
  if (health === 'ok') return 'ok'
  const reason = health === null ? 'nothing was received yet' : `receiving from the queue fails: ${health}`
  return { code: 'ERROR_SQS_UNEXPECTED_ERROR', reason }
}
