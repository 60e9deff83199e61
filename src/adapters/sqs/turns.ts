/** Lets so many go ahead at once; the others wait, first come, first served. */
export class Turns {
  #free: number
  /** In order of arrival, since a Set keeps the order of insertion. */
  readonly #waiting = new Set<() => void>()

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Resolves to the end of the turn, to be called once; or to null when the signal aborts before it is one's turn. */
  take(signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return Promise.resolve(null)
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve(this.#end)
    }
    return new Promise((resolve) => {
      const settle = (turn: (() => void) | null) => {
        this.#waiting.delete(go)
        signal.removeEventListener('abort', giveUp)
        resolve(turn)
      }
      const go = () => settle(this.#end)
      const giveUp = () => settle(null)
      this.#waiting.add(go)
      signal.addEventListener('abort', giveUp)
    })
  }

  readonly #end = (): void => {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else next()
  }
}
