import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from '../support/world.ts'

const waitSeconds = 3
/** After this the client takes its poll for lost and polls anew. */
const patienceMs = (waitSeconds + 2) * 1_000
/** Between a failure and the next try. */
const pauseMs = 50

interface Options {
  readonly clientId: string
  readonly ack: 'auto' | 'next'
  readonly headers: Readonly<Record<string, string>>
  readonly url: string
}

/** A client that polls until it is stopped, whatever happens to its polls, and keeps what it gets. */
export class Device {
  readonly clientId: string
  readonly received: Answer['notifications'][number][] = []
  readonly #options: Options
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  constructor(options: Options) {
    this.clientId = options.clientId
    this.#options = options
    this.#ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { ack, headers, url } = this.#options
    const { signal } = this.#stop
    let cursor = ''
    while (!signal.aborted) {
      const query = new URLSearchParams({ wait: String(waitSeconds), ack, ...(cursor === '' ? {} : { cursor }) })
      try {
        const response = await fetch(`${url}/notifications?${query}`, {
          headers,
          signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
        })
        const text = await response.text()
        if (response.status === 200) {
          const answer = JSON.parse(text) as Answer
          // Kept first; only then the cursor goes out.
          this.received.push(...answer.notifications)
          cursor = answer.cursor
        } else if (response.status !== 204) await pause(pauseMs)
      } catch {
        await pause(pauseMs)
      }
    }
  }
}
