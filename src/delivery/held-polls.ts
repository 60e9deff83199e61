import type { Bounds } from './bounds.ts'
import type { Observer } from './observer.ts'
import type { PollEnd, Transport } from './poll.ts'
import { Refusal } from './refusal.ts'

/** Seconds after which a client that was refused for want of room may try again. */
const retryAfterSeconds = 5

interface Needs {
  readonly bounds: Bounds
  readonly observer: Observer
}

/**
 * The polls of all clients that this instance has taken in and not ended, as a number: decides whether it may be one more,
 * and tells the observer. Once the instance drains there may be none, and it is known when the last one has ended.
 */
export class HeldPolls {
  readonly #needs: Needs
  readonly #drained: (() => void)[] = []
  #count = 0
  #isDraining = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  get count(): number {
    return this.#count
  }

  /** Whether this instance shuts down, so that polls end released. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Why one more poll of a client is not held; null when it is. Held ones are never given up for a new one. */
  refusalFor(transport: Transport, { pollsOfClient }: { readonly pollsOfClient: number }): Refusal | null {
    const refusal = this.#refusalFor(pollsOfClient)
    if (refusal !== null) this.#needs.observer.pollEnded(transport, 'refused')
    return refusal
  }

  #refusalFor(pollsOfClient: number): Refusal | null {
    const { maxHeldPolls, maxPollsPerClient } = this.#needs.bounds
    if (this.#isDraining) return new Refusal('ERROR_DRAINING')
    if (this.#count >= maxHeldPolls) {
      const message = 'This instance holds as many polls as it can'
      return new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds })
    }
    if (pollsOfClient >= maxPollsPerClient) {
      const message = `A client may hold ${maxPollsPerClient} polls at once`
      return new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds })
    }
    return null
  }

  /** A poll is taken in. */
  began(transport: Transport): void {
    this.#count += 1
    this.#needs.observer.pollHeld(transport)
  }

  /** A poll that was taken in has ended. */
  ended(transport: Transport, end: PollEnd['kind']): void {
    this.#count -= 1
    this.#needs.observer.pollEnded(transport, end)
    if (this.#count > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** Refuses polls from now on. Resolves when none is held. */
  drain(): Promise<void> {
    this.#isDraining = true
    if (this.#count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }
}
