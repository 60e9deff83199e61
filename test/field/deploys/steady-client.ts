import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from '../../support/answers.ts'

/** An arrival of one notification. */
export interface Arrival {
  readonly id: string
  readonly clientId: string
  readonly at: number
}

/** A client that polls with ack=next without a pause, as the contract says: it does not know of any restart. */
export class SteadyClient {
  readonly clientId: string
  readonly #url: string
  readonly #headers: Record<string, string>
  readonly #arrived: (arrival: Arrival) => void
  readonly #stop = new AbortController()
  /** Every status other than 200 and 204, and every broken connection. */
  readonly troubles: string[] = []
  /** Since when it has had a poll under way; null between two polls. */
  pollingSince: number | null = null
  /** Resolves when it has been stopped. */
  readonly ended: Promise<void>

  constructor(needs: {
    readonly clientId: string
    readonly url: string
    readonly headers: Record<string, string>
    readonly arrived: (arrival: Arrival) => void
  }) {
    this.clientId = needs.clientId
    this.#url = needs.url
    this.#headers = needs.headers
    this.#arrived = needs.arrived
    this.ended = this.#poll()
  }

  stop(): void {
    this.#stop.abort()
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop
    let cursor = ''
    while (!signal.aborted) {
      const url = `${this.#url}/notifications?ack=next&cursor=${encodeURIComponent(cursor)}`
      this.pollingSince = Date.now()
      try {
        const response = await fetch(url, { headers: this.#headers, signal })
        const text = await response.text()
        this.pollingSince = null
        if (response.status === 200) cursor = this.#take(JSON.parse(text) as Answer)
        else if (response.status !== 204) {
          this.troubles.push(String(response.status))
          await pause(1_000 * Number(response.headers.get('retry-after') ?? 1), undefined, { signal })
        }
      } catch (error) {
        this.pollingSince = null
        if (signal.aborted) return
        this.troubles.push(error instanceof Error ? String(error.cause ?? error) : 'no error')
        await pause(100)
      }
    }
  }

  #take({ notifications, cursor }: Answer): string {
    const at = Date.now()
    for (const { id } of notifications) this.#arrived({ id, clientId: this.clientId, at })
    return cursor
  }
}
