/**
 * Runs what concerns one client one after the other, in the order of the calls. Statements of different batches run on
 * different connections: without this, a session that was forgotten and announced again could be removed last.
 */
export class InOrder {
  readonly #last = new Map<string, Promise<unknown>>()

  /** How many clients have something running. */
  get size(): number {
    return this.#last.size
  }

  run<T>(clientId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(clientId)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(clientId, mine)
    const leave = () => {
      if (this.#last.get(clientId) === mine) this.#last.delete(clientId)
    }
    mine.then(leave, leave)
    return mine
  }
}
