import { setTimeout as pause } from 'node:timers/promises'
import { ledgerId, type Notification } from '../clients/client.ts'
import type { Ledger } from '../ledger.ts'
import type { Random } from '../random.ts'

/** Longer than an instance takes for anything that it answers at all. */
const patienceMs = 4_000
/** Between a failure and the next try. */
const retryMs = [50, 400] as const

/** The parts of a sleeper. */
export interface SleeperParts {
  readonly id: string
  readonly token: string
  /** The endpoint of its push service. */
  readonly endpoint: string
  readonly urls: () => readonly string[]
  readonly random: Random
  readonly ledger: Ledger
  /** Aborts when it leaves. */
  readonly leaving: AbortSignal
}

/** A client that polls only when its device was woken, and then until nothing is left. */
export class Sleeper {
  readonly #parts: SleeperParts
  #isAwake = false
  /** A push came while it was awake: what it was sent for may have been stored after the last poll. */
  #wokenAgain = false

  constructor(parts: SleeperParts) {
    this.#parts = parts
  }

  /** Registers its device, at whichever instance takes it. */
  async register(): Promise<void> {
    const { id, endpoint, random } = this.#parts
    const body = JSON.stringify({ endpoint, keys: { p256dh: 'unused', auth: 'unused' } })
    for (;;) {
      const url = random.pick(this.#parts.urls())
      const response = url && (await this.#ask(url, `/wake-ups/${encodeURIComponent(`phone of ${id}`)}`, 'PUT', body))
      if (response && response.status === 204) return
      await pause(random.between(...retryMs))
    }
  }

  /** A push for its device has come. */
  wake(): void {
    this.#wokenAgain = true
    if (!this.#isAwake) void this.#stayAwake()
  }

  async #stayAwake(): Promise<void> {
    this.#isAwake = true
    while (this.#wokenAgain && !this.#parts.leaving.aborted) {
      this.#wokenAgain = false
      await this.#pollUntilEmpty()
    }
    this.#isAwake = false
  }

  /** The last answer is acknowledged by the poll that finds nothing more. */
  async #pollUntilEmpty(): Promise<void> {
    const { id, ledger, random, urls, leaving } = this.#parts
    let cursor = ''
    let url = random.pick(urls())
    while (!leaving.aborted) {
      const query = new URLSearchParams({ wait: '0', ack: 'next', ...(cursor === '' ? {} : { cursor }) })
      const answer = url === undefined ? null : await this.#ask(url, `/notifications?${query}`, 'GET')
      if (answer?.status === 204) return
      if (url === undefined || answer?.status !== 200) {
        ledger.fail(id)
        await pause(random.between(...retryMs))
        url = random.pick(urls())
        continue
      }
      const held = JSON.parse(answer.text) as { notifications: Notification[]; cursor: string }
      for (const notification of held.notifications) {
        const { id: notificationId, addressee, body } = notification
        const isRight = body === `for ${addressee}`
        ledger.receive({
          ...{ clientId: id, id: ledgerId(notification), notificationId, url },
          addressee: isRight ? addressee : body,
        })
      }
      cursor = held.cursor
    }
  }

  /** Resolves with the answer, or with null when there is none. */
  async #ask(url: string, path: string, method: string, body: string | null = null) {
    const { token, leaving } = this.#parts
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    }
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(patienceMs)])
    try {
      const response = await fetch(url + path, { method, headers, body, signal })
      return { status: response.status, text: await response.text() }
    } catch {
      return null
    }
  }
}
