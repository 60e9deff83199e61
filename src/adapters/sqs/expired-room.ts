import type { Gauge } from '../../delivery/gauge.ts'
import type { Lease } from '../../delivery/lease.ts'
import type { Log } from '../../delivery/ports.ts'
import { Semaphore } from './semaphore.ts'

/** Few enough that most sockets of the acting client are left for other calls. */
const maxMoving = 8
/** A small part of `MAX_LEASED_BYTES`, of which these notifications are no longer a part. */
const defaultMaxBytes = 8 * 1_048_576

interface Needs {
  readonly log: Pick<Log, 'warn'>
  /** 8 MiB by default. */
  readonly maxBytes?: number
}

/** The room for expired notifications on their way to the dead-letter queue, those of all queues of the process together. */
export class ExpiredRoom {
  readonly #log: Needs['log']
  readonly #maxBytes: number
  readonly #moving = new Semaphore(maxMoving)
  #bytes = 0
  readonly gauge: Gauge = {
    name: 'expired_letter_bytes',
    help: 'Memory of expired notifications on their way to the dead-letter queue.',
    read: () => this.#bytes,
  }

  constructor({ log, maxBytes = defaultMaxBytes }: Needs) {
    this.#log = log
    this.#maxBytes = maxBytes
  }

  /** Returns false, and writes a log line, when there is no room for the lease. A lease that is alone always has room. */
  admits({ size, key }: Lease): boolean {
    if (this.#bytes === 0 || this.#bytes + size <= this.#maxBytes) return true
    this.#log.warn(
      { messageId: key },
      'too many expired notifications are on their way to the dead-letter queue: further ones are left in their queue',
    )
    return false
  }

  /** Calls `move` for an admitted lease when its turn comes. Rejects as `move` does. */
  async run(lease: Lease, move: () => Promise<void>): Promise<void> {
    this.#bytes += lease.size
    const release = await this.#moving.acquire(never)
    try {
      await move()
    } finally {
      release?.()
      this.#bytes -= lease.size
    }
  }
}

const never = new AbortController().signal
