import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Session } from '../../support/answers.ts'
import type { World } from '../../support/service-world.ts'
import type { SteadyClient } from './steady-client.ts'

/** Every so many notifications one is published over HTTP; the others go to the queue that a look-up names. */
const overHttpEvery = 5
/** A look-up is wrong only if the client's poll had been under way for so long: before, it may be on its way. */
const surelyHeldMs = 300

/** A notification that was accepted. */
export interface Sent {
  readonly addressee: string
  readonly at: number
}

interface Needs {
  readonly world: Pick<World, 'bearer' | 'send'>
  readonly url: string
  readonly clients: readonly SteadyClient[]
  readonly perSecond: number
}

/** Publishes without a pause, as backends do: by SQS to the queue that a look-up names, and over HTTP. */
export class SteadySender {
  readonly #needs: Needs
  readonly #stop = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  readonly #lookUpHeaders: Record<string, string>
  readonly #publishHeaders: Record<string, string>
  /** All that were accepted, by their ids. */
  readonly sent = new Map<string, Sent>()
  /** Look-ups that said of a client with a held poll that it is offline. */
  readonly wrongLookUps: { readonly clientId: string; readonly at: number }[] = []
  /** Requests of senders that were repeated, by the reason. */
  readonly repeats: string[] = []
  readonly #ended: Promise<void>

  constructor(needs: Needs) {
    this.#needs = needs
    const { bearer } = needs.world
    this.#lookUpHeaders = bearer('publisher', { scope: 'sessions:read' })
    this.#publishHeaders = {
      ...bearer('publisher', { scope: 'notifications:publish' }),
      'content-type': 'application/json',
    }
    this.#ended = this.#run()
  }

  /** Resolves when what was begun is accepted. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#ended
    await Promise.all(this.#underWay)
  }

  async #run(): Promise<void> {
    const { clients, perSecond } = this.#needs
    const startedAt = performance.now()
    for (let n = 0; !this.#stop.signal.aborted; n++) {
      const client = clients[Math.floor(Math.random() * clients.length)]
      if (client === undefined) return
      const sending = this.#send(client, n % overHttpEvery === 0).finally(() => this.#underWay.delete(sending))
      this.#underWay.add(sending)
      await pause(Math.max(0, startedAt + ((n + 1) * 1_000) / perSecond - performance.now()))
    }
  }

  async #send(client: SteadyClient, overHttp: boolean): Promise<void> {
    const id = randomUUID()
    while (!(overHttp ? await this.#publish(client, id) : await this.#sendToQueue(client, id))) await pause(100)
  }

  /** Returns whether it was accepted, or whether there is nothing more to try. */
  async #sendToQueue(client: SteadyClient, id: string): Promise<boolean> {
    const queueUrl = await this.#lookUp(client)
    if (queueUrl === null) return false
    try {
      await this.#needs.world.send(queueUrl, client.clientId, `body of ${id}`, { id })
    } catch (error) {
      this.repeats.push(error instanceof Error ? error.name : 'no error')
      return false
    }
    this.sent.set(id, { addressee: client.clientId, at: Date.now() })
    return true
  }

  async #lookUp(client: SteadyClient): Promise<string | null> {
    const { pollingSince } = client
    const response = await this.#ask(`/sessions/${client.clientId}`, { headers: this.#lookUpHeaders })
    if (response?.status !== 200) return null
    const { online, queueUrl } = JSON.parse(response.text) as Session
    const heldThroughout = pollingSince !== null && pollingSince === client.pollingSince
    if (!online && heldThroughout && Date.now() - pollingSince > surelyHeldMs) {
      this.wrongLookUps.push({ clientId: client.clientId, at: Date.now() })
    }
    return queueUrl
  }

  async #publish({ clientId }: SteadyClient, id: string): Promise<boolean> {
    const body = JSON.stringify({ id, addressee: clientId, subject: 'deploy', body: `body of ${id}` })
    const response = await this.#ask('/notifications', { method: 'POST', headers: this.#publishHeaders, body })
    if (response?.status !== 202) return false
    this.sent.set(id, { addressee: clientId, at: Date.now() })
    return true
  }

  /** Null when the connection broke. */
  async #ask(path: string, init: RequestInit) {
    try {
      const response = await fetch(this.#needs.url + path, init)
      const text = await response.text()
      if (response.status >= 300) this.repeats.push(`${init.method ?? 'GET'} ${response.status}`)
      return { status: response.status, text }
    } catch (error) {
      this.repeats.push(error instanceof Error ? String(error.cause ?? error) : 'no error')
      return null
    }
  }
}
