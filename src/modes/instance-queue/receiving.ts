import type { QueueReader } from '../../adapters/sqs/queue-reader.ts'

interface Reading {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** The queues that this instance receives from as its own: one, and those whose last receive is running out. */
export class Receiving {
  readonly #readings = new Set<Reading>()

  /** Receives from the queue until told to stop. */
  begin(reader: QueueReader): void {
    const stop = new AbortController()
    const reading = { stop, ended: reader.run(stop.signal) }
    this.#readings.add(reading)
    void reading.ended.then(() => this.#readings.delete(reading))
  }

  /** Issues no further receive; resolves when the last one has run out. */
  async stop(): Promise<void> {
    for (const { stop } of this.#readings) stop.abort()
    await Promise.all([...this.#readings].map(({ ended }) => ended))
  }
}
