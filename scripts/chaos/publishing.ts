import { setTimeout as pause } from 'node:timers/promises'
import type { Ledger } from './ledger.ts'
import type { Publisher } from './publisher.ts'
import type { Random } from './random.ts'

/** What is to be published and is not accepted yet; past it nothing new is begun. */
const mostPending = 400
/** Between two tries of one notification. Milliseconds. */
const retryMs = [150, 500] as const

interface Needs {
  readonly ledger: Ledger
  readonly publishers: readonly [Publisher, ...Publisher[]]
  readonly clients: readonly string[]
  readonly random: Random
  readonly rate: number
}

/** Publishes at a steady rate for clients picked at random, each notification until it is accepted. */
export class Publishing {
  readonly #needs: Needs
  readonly #pending = new Set<Promise<void>>()
  /** Nothing new is begun. */
  #closing = false
  /** What is not accepted is given up. */
  #over = false
  #count = 0

  constructor(needs: Needs) {
    this.#needs = needs
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clients, random, rate } = this.#needs
    while (!this.#closing && !signal.aborted) {
      const addressee = random.pick(clients)
      if (addressee !== undefined && this.#pending.size < mostPending) {
        const publishing = this.#publish(addressee).finally(() => this.#pending.delete(publishing))
        this.#pending.add(publishing)
      }
      await pause((1_000 / rate) * random.between(0.2, 1.8))
    }
  }

  /** Begins nothing new; resolves when all is accepted, or given up after so long. */
  async finish(withinMs: number): Promise<void> {
    this.#closing = true
    const patience = new AbortController()
    pause(withinMs, undefined, { signal: patience.signal }).then(
      () => {
        this.#over = true
      },
      () => {},
    )
    await Promise.all(this.#pending)
    patience.abort()
  }

  async #publish(addressee: string): Promise<void> {
    const { ledger, publishers, random } = this.#needs
    this.#count += 1
    const id = `${addressee}/${this.#count}`
    const publisher = random.pick(publishers)
    while (!this.#over) {
      ledger.sending(id, addressee)
      const outcome = await publisher.publish({ id, addressee, body: `for ${addressee}` }, random)
      if (outcome === 'accepted') return ledger.accept(id)
      if (outcome === 'unanswered') ledger.unanswered(id)
      await pause(random.between(...retryMs))
    }
  }
}
