/**
 * Runs the work of one key in the order of the calls, one at a time; different keys run side by side. Statements of
 * different batches run on different connections: without the queue, a session that was forgotten and announced again
 * could be removed last.
 */
export class PerKeyQueue {
  readonly #last = new Map<string, Promise<unknown>>()

  /** How many keys have work in flight. */
  get size(): number {
    return this.#last.size
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(key, mine)
    const leave = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
    mine.then(leave, leave)
    return mine
  }
}
