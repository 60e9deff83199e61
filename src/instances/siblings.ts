/** A word of the parent to an instance. `stop` asks it to shut down. */
export type ParentWord = 'all-serve' | 'stop'
/** A word of an instance to its parent. */
export type InstanceWord = 'serves'

/** The instances that share a port with this one, as its parent process tells. */
export class Siblings {
  #allServe = false

  /** Calls `onStop` when the parent asks this instance to shut down, and when the parent has ended. */
  constructor(onStop: () => void) {
    process.on('message', (word: ParentWord) => {
      if (word === 'all-serve') this.#allServe = true
      else onStop()
    })
    process.on('disconnect', onStop)
    // It may have ended before this process listened.
    if (!process.connected) onStop()
  }

  /** Whether all of them serve. Until then the port is not ready: a client may get to an instance that starts. */
  get allServe(): boolean {
    return this.#allServe
  }

  /** Tells the parent that this instance serves. */
  serves(): void {
    const word: InstanceWord = 'serves'
    // The answer to a parent that has just ended is the event above.
    if (process.connected) process.send?.(word, undefined, undefined, () => {})
  }
}
