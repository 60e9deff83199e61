import { Refusal } from '../../delivery/refusal.ts'

/**
 * Runs the work of one key in the order of the calls, one at a time; different keys run side by side. Statements of
 * different batches run on different connections: without the queue, a session that was forgotten and announced again
 * could be removed last.
 */
export class PerKeyQueue {
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #counts = new Map<string, number>()
  readonly #maxPerKey: number

  /** Past `maxPerKey` calls of one key that have not ended, further ones of that key are refused. */
  constructor(maxPerKey = Number.POSITIVE_INFINITY) {
    this.#maxPerKey = maxPerKey
  }

  /** How many keys have work in flight. */
  get size(): number {
    return this.#last.size
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#maxPerKey) return Promise.reject(new Refusal('ERROR_TOO_MANY_REQUESTS'))
    this.#counts.set(key, count + 1)
    const before = this.#last.get(key)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(key, mine)
    const leave = () => {
      const left = (this.#counts.get(key) ?? 1) - 1
      if (left > 0) this.#counts.set(key, left)
      else this.#counts.delete(key)
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
    mine.then(leave, leave)
    return mine
  }
}
