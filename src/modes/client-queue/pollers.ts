import { pause } from '../../adapters/clock.ts'
import type { QueueReader } from '../../adapters/sqs/queue-reader.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'

/** How long a first poll waits to hear what waits in its queue; after that it is held all the same. */
const firstLookMs = 1_000

/** Of every poller that has not run yet. */
const notRunning = new AbortController()
notRunning.abort()

interface Needs {
  readonly clock: Clock
  /** More clients at once are refused. */
  readonly maxClients: number
  readonly open: (clientId: string, onHealth: (health: string) => void) => QueueReader
  /** Told how a client's queue is: null before its first answer and when it is no longer received from. */
  readonly onHealth: (clientId: string, before: string | null, now: string | null) => void
}

/** One client's queue that is being received from. */
interface ClientPoller {
  readonly reader: QueueReader
  /** Aborts when it is known for the first time how the queue is; null from then on. */
  looked: AbortController | null
  health: string | null
  stop: AbortController
  /** Of the latest run. */
  ended: Promise<void>
}

/**
 * The pollers of the clients that are here.
 *
 * A poller starts with its client's first poll, runs through the gaps between polls, and is stopped when the client has
 * left; then its last receive runs out and what that brings is given back. A client that comes back meanwhile finds it
 * still there, and it goes on.
 */
export class ClientPollers {
  readonly #needs: Needs
  readonly #byClient = new Map<string, ClientPoller>()
  #closed = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  get size(): number {
    return this.#byClient.size
  }

  /**
   * Receives from the client's queue from now on. Resolves when what waits there has been looked at, or could not be, or
   * after a second: a client that polls without waiting gets what there is, and an outage of SQS keeps nobody.
   */
  async start(clientId: string): Promise<void> {
    if (this.#closed) throw new Refusal('ERROR_DRAINING')
    const poller = this.#byClient.get(clientId) ?? this.#open(clientId)
    if (poller.stop.signal.aborted) this.#run(clientId, poller)
    if (poller.looked !== null) await pause(this.#needs.clock, firstLookMs, poller.looked.signal)
  }

  /** The client has left: no further receive is issued. */
  stop(clientId: string): void {
    this.#byClient.get(clientId)?.stop.abort()
  }

  /** Stops all, and starts none any more. */
  stopAll(): void {
    this.#closed = true
    for (const { stop } of this.#byClient.values()) stop.abort()
  }

  /** Resolves when the last receives of all have run out; for when all are stopped. */
  async ended(): Promise<void> {
    await Promise.all([...this.#byClient.values()].map(({ ended }) => ended))
  }

  #open(clientId: string): ClientPoller {
    const { maxClients, open, onHealth } = this.#needs
    if (this.#byClient.size >= maxClients) {
      const message = 'This instance receives for as many clients as it can'
      throw new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds: 5 })
    }
    const reader = open(clientId, (health) => {
      onHealth(clientId, poller.health, health)
      poller.health = health
      poller.looked?.abort()
      poller.looked = null
    })
    const looked = new AbortController()
    const poller: ClientPoller = { reader, looked, health: null, stop: notRunning, ended: Promise.resolve() }
    this.#byClient.set(clientId, poller)
    return poller
  }

  #run(clientId: string, poller: ClientPoller): void {
    const stop = new AbortController()
    poller.stop = stop
    poller.ended = poller.reader.run(stop.signal).then(() => {
      // Had the client come back, this run would have gone on as the next one.
      if (poller.stop === stop) this.#drop(clientId, poller)
    })
  }

  #drop(clientId: string, { health }: ClientPoller): void {
    this.#byClient.delete(clientId)
    if (health !== null) this.#needs.onHealth(clientId, health, null)
  }
}
