import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from './random.ts'

/** How a client says that it has something: not at all, by its next poll's cursor, or by ids. */
export type Acknowledging = 'auto' | 'cursor' | 'ids'

/**
 * How a connection is cut. `reset`: in the middle of the next answer. `close`: in good order, with the next answer
 * thrown away. `hang-up`: now, while the poll is held. `silent`: now, and nobody tells the other side.
 */
export const cuts = ['reset', 'close', 'hang-up', 'silent'] as const
export type Cut = (typeof cuts)[number]

interface Notification {
  readonly id: string
  /** The id in the ledger, where the notification has one of its own. */
  readonly correlationId: string | null
  readonly addressee: string
  readonly body: string
}

/** What a client's doings are told to. */
export interface Witness {
  received(clientId: string, id: string, addressee: string): void
  /** Written to a connection that its client had given up in a way that the service cannot know of. */
  unknowable(id: string): void
  /** Whether this process was so busy lately that a reset may have come late. */
  readonly late: boolean
}

/** Longest wait of a poll, and how much later the client takes it for lost. */
const waitSeconds = [2, 8] as const
const patienceMs = 4_000
/** Between a failure and the next try. Milliseconds. */
const retryMs = [50, 400] as const

/** A client: one poll after the other, at a random instance after each failure, as behind a balancer. */
export class Client {
  readonly id: string
  readonly #acknowledging: Acknowledging
  readonly #headers: Record<string, string>
  readonly #random: Random
  readonly #urls: () => readonly string[]
  readonly #witness: Witness
  #agent = new Agent({ keepAlive: true })
  readonly #abandoned: Agent[] = []
  #request: ClientRequest | null = null
  #giveUp: (() => void) | null = null
  #answering = false
  #onAnswer: 'reset' | 'close' | null = null
  #cursor = ''
  #url = ''
  #leaving = false

  constructor(options: {
    readonly id: string
    readonly token: string
    readonly acknowledging: Acknowledging
    readonly random: Random
    readonly urls: () => readonly string[]
    readonly witness: Witness
  }) {
    this.id = options.id
    this.#headers = { authorization: `Bearer ${options.token}` }
    this.#acknowledging = options.acknowledging
    this.#random = options.random
    this.#urls = options.urls
    this.#witness = options.witness
  }

  /** Polls until it leaves. */
  async run(): Promise<void> {
    while (!this.#leaving) {
      if (this.#url === '') this.#url = this.#random.pick(this.#urls()) ?? ''
      const went = this.#url !== '' && (await this.#poll())
      if (went || this.#leaving) continue
      this.#url = ''
      await pause(this.#random.between(...retryMs))
    }
  }

  cut(cut: Cut): void {
    switch (cut) {
      case 'reset':
      case 'close':
        this.#onAnswer = cut
        return
      case 'hang-up':
        // Of an answer that has begun to arrive nobody could say whether the service must know that it is not read.
        if (!this.#answering) this.#request?.destroy()
        return
      case 'silent':
        this.#abandoned.push(this.#agent)
        this.#agent = new Agent({ keepAlive: true })
        this.#giveUp?.()
        return
      default:
        cut satisfies never
    }
  }

  leave(): void {
    this.#leaving = true
    this.#request?.destroy()
    this.#giveUp?.()
    for (const agent of [this.#agent, ...this.#abandoned]) agent.destroy()
  }

  /** One poll; answers whether the next one may go to the same instance. */
  #poll(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const seconds = Math.round(this.#random.between(...waitSeconds))
    const query = new URLSearchParams({ wait: String(seconds), ack: this.#acknowledging === 'auto' ? 'auto' : 'next' })
    if (this.#acknowledging === 'cursor' && this.#cursor !== '') query.set('cursor', this.#cursor)
    let givenUp = false
    let answered = false
    const polled = request(`${this.#url}/notifications?${query}`, { agent: this.#agent, headers: this.#headers })
    const end = (went: boolean) => {
      clearTimeout(patience)
      if (this.#request === polled) this.#request = null
      resolve(went)
    }
    const patience = setTimeout(() => this.#answering || polled.destroy(), seconds * 1_000 + patienceMs)
    this.#request = polled
    this.#answering = false
    this.#giveUp = () => {
      givenUp = true
      end(false)
    }
    polled.on('error', () => end(false))
    // Also called behind a whole answer, which is still being looked at then.
    polled.on('close', () => !answered && end(false))
    polled.on('response', async (response) => {
      answered = true
      if (this.#request === polled) this.#answering = true
      // A response that was read to its end does not know its socket any more.
      const { socket } = response
      const body = await textOf(response).catch(() => null)
      if (body === null) return end(false)
      if (givenUp) return this.#thrownAway(response, body)
      end(await this.#answered(response, body, socket))
    })
    polled.end()
    return promise
  }

  async #answered(response: IncomingMessage, body: string, socket: Socket): Promise<boolean> {
    if (response.statusCode === 204) return response.headers.connection !== 'close'
    if (response.statusCode !== 200) return false
    const cut = this.#onAnswer
    if (cut !== null) {
      this.#onAnswer = null
      if (cut === 'close' || this.#witness.late) this.#thrownAway(response, body)
      if (cut === 'reset') socket.resetAndDestroy()
      else socket.destroy()
      return false
    }
    const answer = JSON.parse(body) as { notifications: Notification[]; cursor: string }
    for (const { id, correlationId, addressee, body } of answer.notifications) {
      this.#witness.received(this.id, correlationId ?? id, body === `for ${addressee}` ? addressee : body)
    }
    this.#cursor = answer.cursor
    return this.#acknowledging !== 'ids' || this.#acknowledge(answer.notifications.map(({ id }) => id))
  }

  #thrownAway(response: IncomingMessage, body: string): void {
    if (this.#acknowledging !== 'auto' || response.statusCode !== 200) return
    for (const { id, correlationId } of (JSON.parse(body) as { notifications: Notification[] }).notifications) {
      this.#witness.unknowable(correlationId ?? id)
    }
  }

  async #acknowledge(ids: readonly string[]): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const said = request(`${this.#url}/notifications/ack`, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...this.#headers, 'content-type': 'application/json' },
      timeout: patienceMs,
    })
    said.on('error', () => resolve(false))
    said.on('timeout', () => said.destroy())
    said.on('response', (response) => {
      textOf(response).then(
        () => resolve(response.statusCode === 200),
        () => resolve(false),
      )
    })
    said.end(JSON.stringify({ ids }))
    return promise
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
