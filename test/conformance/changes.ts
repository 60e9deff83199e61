/** Wakes those who wait for a condition about a client, after everything that the client does. */
export class Changes {
  #waiting = new Set<() => void>()
  readonly #patienceMs: number

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  tell(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves when the condition holds; rejects with the sentence when it does not within the time. */
  until(sentence: string, condition: () => boolean, withinMs = this.#patienceMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (condition()) end(resolve)
      }
      const end = (then: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        then()
      }
      const timer = setTimeout(
        () => end(() => reject(new Error(`not within ${withinMs / 1000} s: ${sentence}`))),
        withinMs,
      )
      this.#waiting.add(look)
      look()
    })
  }
}
