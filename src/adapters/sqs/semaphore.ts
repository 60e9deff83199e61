/** A counting semaphore: at most `permits` holders at once; the others wait, first come, first served. */
export class Semaphore {
  #free: number
  /** In order of arrival, since a Set keeps the order of insertion. */
  readonly #waiting = new Set<() => void>()

  constructor(permits: number) {
    this.#free = permits
  }

  /** Resolves to the function that releases the permit, to be called once; or to null when the signal aborts first. */
  acquire(signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return Promise.resolve(null)
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve(this.#release)
    }
    return new Promise((resolve) => {
      const settle = (release: (() => void) | null) => {
        this.#waiting.delete(go)
        signal.removeEventListener('abort', giveUp)
        resolve(release)
      }
      const go = () => settle(this.#release)
      const giveUp = () => settle(null)
      this.#waiting.add(go)
      signal.addEventListener('abort', giveUp)
    })
  }

  readonly #release = (): void => {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else next()
  }
}
