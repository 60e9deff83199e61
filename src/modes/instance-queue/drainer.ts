import type { DeadInstance, Instances } from '../../adapters/postgres/instances.ts'
import type { QueueReader } from '../../adapters/sqs/queue-reader.ts'

/** Publishers hold stale look-ups: a queue that was empty may get one more message. Milliseconds since the fence. */
const restMs = 10_000
/** Between two looks at a queue. */
const lookEveryMs = 5_000
/** Queues drained at once; the others wait for the next look. */
const maxAtOnce = 4

interface Needs {
  readonly instances: Instances
  /** Opens the queue of a dead instance, whose notifications are then delivered like our own; null: it is gone. */
  readonly openQueue: (queueUrl: string) => Promise<QueueReader | null>
  readonly isEmpty: (queueUrl: string) => Promise<boolean>
  /** Deletes the queue if it is still empty; returns whether the queue is gone. */
  readonly deleteIfEmpty: (queueUrl: string) => Promise<boolean>
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: {
    info(fields: object, sentence: string): void
    warn(fields: object, sentence: string): void
  }
}

/**
 * Empties the queues of dead instances: what is in them is delivered here or sent to where its addressee is now, and
 * what nobody wants keeps the fate of its redrive policy. Every survivor may do it at the same time: SQS shows each
 * message to one of them, and the fence keeps the dead one from coming back for it.
 */
export class Drainer {
  readonly #needs: Needs
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Looks for dead instances every few seconds until the signal aborts; then ends what is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const { instances, sleep, log } = this.#needs
    while (!signal.aborted) {
      await sleep(lookEveryMs, signal)
      if (signal.aborted) break
      const dead = await instances.deadInstances().catch(() => [])
      for (const instance of dead) {
        if (this.#underWay.has(instance.id) || this.#underWay.size >= maxAtOnce) continue
        const draining = this.#drain(instance, signal)
          .catch((err: unknown) =>
            log.warn({ err, deadInstanceId: instance.id }, 'queue of a dead instance is left for later'),
          )
          .finally(() => this.#underWay.delete(instance.id))
        this.#underWay.set(instance.id, draining)
      }
    }
    await Promise.all(this.#underWay.values())
  }

  async #drain({ id, queueUrl, ownsQueue }: DeadInstance, signal: AbortSignal): Promise<void> {
    const { instances, openQueue, isEmpty, deleteIfEmpty, sleep, log } = this.#needs
    const reader = await openQueue(queueUrl)
    if (reader === null) return instances.remove(id)
    log.info({ deadInstanceId: id, queueUrl }, 'draining the queue of a dead instance')
    const stop = new AbortController()
    const ended = reader.run(AbortSignal.any([signal, stop.signal]))
    try {
      let emptyLooks = 0
      for (;;) {
        await sleep(lookEveryMs, signal)
        const deadForMs = await this.#deadForMs(id)
        if (signal.aborted || deadForMs === null) return
        emptyLooks = deadForMs >= restMs && (await isEmpty(queueUrl)) ? emptyLooks + 1 : 0
        if (emptyLooks < 2) continue
        if (ownsQueue && !(await deleteIfEmpty(queueUrl))) continue
        await instances.remove(id)
        log.info({ deadInstanceId: id, queueUrl }, 'queue of a dead instance is drained')
        return
      }
    } finally {
      stop.abort()
      await ended
      await reader.settled(lookEveryMs)
    }
  }

  /** Null when it is not dead: an instance with a fixed id may have come back, and then its queue is its own again. */
  async #deadForMs(id: string): Promise<number | null> {
    return (await this.#needs.instances.deadInstances()).find((instance) => instance.id === id)?.deadForMs ?? null
  }
}
