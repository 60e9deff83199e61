import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { acknowledge } from './acknowledge.ts'
import {
  Client,
  type ClientParts,
  type Cut,
  ledgerId,
  type Notification,
  patienceMs,
  type Visit,
  whenRead,
} from './client.ts'
import { textOf } from './text-of.ts'

/** How it says that it has something: not at all, by its next poll's cursor, or by ids. */
export type Acknowledging = 'auto' | 'cursor' | 'ids'

/** Longest wait of a poll, from and to. */
const waitSeconds = [2, 8] as const

/** One long poll after the other. */
export class LongPollClient extends Client {
  readonly #acknowledging: Acknowledging
  #agent = new Agent({ keepAlive: true })
  readonly #abandoned: Agent[] = []
  #request: ClientRequest | null = null
  #giveUp: (() => void) | null = null
  #answering = false
  #onAnswer: 'reset' | 'close' | null = null
  #cursor = ''

  constructor(parts: ClientParts, acknowledging: Acknowledging) {
    super(parts)
    this.#acknowledging = acknowledging
  }

  override cut(cut: Cut): void {
    switch (cut) {
      case 'reset':
      case 'close':
        this.#onAnswer = cut
        return
      case 'hang-up':
        return whenRead(() => this.#destroyUnanswered())
      case 'silent':
        this.#abandoned.push(this.#agent)
        this.#agent = new Agent({ keepAlive: true })
        this.#giveUp?.()
        return
      default:
        cut satisfies never
    }
  }

  protected override hangUp(): void {
    this.#request?.destroy()
    this.#giveUp?.()
    for (const agent of [this.#agent, ...this.#abandoned]) agent.destroy()
  }

  protected override visit(url: string): Promise<Visit> {
    const { promise, resolve } = Promise.withResolvers<Visit>()
    const seconds = Math.round(this.random.between(...waitSeconds))
    const query = new URLSearchParams({ wait: String(seconds), ack: this.#acknowledging === 'auto' ? 'auto' : 'next' })
    if (this.#acknowledging === 'cursor' && this.#cursor !== '') query.set('cursor', this.#cursor)
    let givenUp = false
    let answered = false
    const polled = request(`${url}/notifications?${query}`, { agent: this.#agent, headers: this.headers })
    const end = (visit: Visit) => {
      clearTimeout(patience)
      if (this.#request === polled) this.#request = null
      resolve(visit)
    }
    const giveUp = () => this.#request === polled && this.#destroyUnanswered()
    const patience = setTimeout(() => whenRead(giveUp), seconds * 1_000 + patienceMs)
    this.#request = polled
    this.#answering = false
    this.#giveUp = () => {
      givenUp = true
      end('failed')
    }
    polled.on('error', () => end('failed'))
    // Also called behind a whole answer, which is still being looked at then.
    polled.on('close', () => !answered && end('failed'))
    polled.on('response', async (response) => {
      answered = true
      if (this.#request === polled) this.#answering = true
      // A response that was read to its end does not know its socket any more.
      const { socket } = response
      const body = await textOf(response).catch(() => null)
      if (body === null) return end('failed')
      if (givenUp) return this.#thrownAway(response, body)
      end(await this.#answered(url, response, body, socket))
    })
    polled.end()
    return promise
  }

  async #answered(url: string, response: IncomingMessage, body: string, socket: Socket): Promise<Visit> {
    if (response.statusCode === 204) return response.headers.connection === 'close' ? 'over' : 'again'
    if (response.statusCode !== 200) return 'failed'
    const cut = this.#onAnswer
    if (cut !== null) {
      this.#onAnswer = null
      if (cut === 'close' || this.witness.isLate) this.#thrownAway(response, body)
      if (cut === 'reset') socket.resetAndDestroy()
      else socket.destroy()
      return 'failed'
    }
    const { notifications, cursor } = JSON.parse(body) as { notifications: Notification[]; cursor: string }
    this.keep(notifications, url)
    this.#cursor = cursor
    if (this.#acknowledging !== 'ids') return 'again'
    const ids = notifications.map(({ id }) => id)
    const heard = acknowledge(url, { agent: this.#agent, headers: this.headers }, { ids })
    return (await this.timed(url, heard)) ? 'again' : 'failed'
  }

  /** Of an answer that has begun to arrive nobody could say whether the service must know that it is not read. */
  #destroyUnanswered(): void {
    if (!this.#answering) this.#request?.destroy()
  }

  #thrownAway(response: IncomingMessage, body: string): void {
    if (this.#acknowledging !== 'auto' || response.statusCode !== 200) return
    for (const notification of (JSON.parse(body) as { notifications: Notification[] }).notifications) {
      this.witness.unknowable(ledgerId(notification))
    }
  }
}
