import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Changes } from '../changes.ts'
import { EventStream } from './event-stream.ts'
import { Exchange } from './exchange.ts'
import { notification, type SentNotification } from './notification.ts'

/** Answers one request in place of the service. */
export type Step = (exchange: Exchange, service: StandInService) => unknown

const defaultLimit = 20
const defaultWaitSeconds = 25
/** The form of the real service's cursors, with characters that must be percent-encoded in a query. */
const cursorOf = (count: number) => `9f0b+c1e/3f55=.k3v&q2.${count}`

/**
 * A stand-in for the service with one mailbox. It behaves like the service, except where the steps of a case take its place:
 * the first step answers the first poll, and so on.
 */
export class StandInService {
  readonly polls: Exchange[] = []
  readonly acknowledgements: Exchange[] = []
  /** Tokens that are accepted. */
  readonly tokens = new Set(['token-1'])
  /** The ids in the order in which they were acknowledged. */
  readonly acknowledged: string[] = []
  /** Notifications that are not acknowledged. */
  readonly waiting = new Map<string, SentNotification>()
  /** Steps for the polls to come. */
  readonly steps: Step[] = []
  /** Steps for the acknowledgements to come. */
  readonly acknowledgementSteps: Step[] = []
  /** Called with every request as it comes, before it is answered. */
  onRequest: (exchange: Exchange) => void = () => {}
  readonly #cursors = new Map<string, readonly string[]>()
  readonly #held = new Set<() => void>()
  readonly #changes: Changes
  #server: Server | null = null
  #port = 0

  constructor(changes: Changes) {
    this.#changes = changes
  }

  /** The base URL that a client is given. It has a path, as behind a proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/base`
  }

  /** Listens, at the same port each time. */
  async listen(): Promise<void> {
    const server = createServer(async (request, response) => {
      let body = ''
      try {
        for await (const piece of request) body += piece
      } catch {
        return // The client has gone.
      }
      this.#take(new Exchange(request, body, response))
    })
    server.keepAliveTimeout = 60_000
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Closes all connections, and accepts none until it listens again. */
  async shut(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  /** Sends notifications, given whole or by their ids. */
  publish(...sent: readonly (string | SentNotification)[]): void {
    for (const one of sent) {
      const whole = typeof one === 'string' ? notification(one) : one
      this.waiting.set(whole.id, whole)
    }
    for (const wake of [...this.#held]) wake()
  }

  /** The ids that a cursor stands for; null when the service has not given it. */
  idsOf(cursor: string): readonly string[] | null {
    return this.#cursors.get(cursor) ?? null
  }

  /** Forgets all cursors, as another instance or a later start does. */
  forgetCursors(): void {
    for (const cursor of this.#cursors.keys()) this.#cursors.set(cursor, [])
  }

  acknowledge(ids: readonly string[]): number {
    const known = ids.filter((id) => this.waiting.delete(id))
    this.acknowledged.push(...known)
    return known.length
  }

  /** Returns the response to a poll for what waits, under a new cursor. */
  handOver(exchange: Exchange): { notifications: SentNotification[]; cursor: string; more: boolean } {
    const limit = Number(exchange.query.get('limit') ?? defaultLimit)
    const notifications = [...this.waiting.values()].slice(0, limit)
    const cursor = this.newCursor(notifications.map(({ id }) => id))
    exchange.cursor = cursor
    return { notifications, cursor, more: this.waiting.size > notifications.length }
  }

  newCursor(ids: readonly string[]): string {
    const cursor = cursorOf(this.#cursors.size + 1)
    this.#cursors.set(cursor, ids)
    return cursor
  }

  /** Answers a poll as the service does. */
  async serve(exchange: Exchange): Promise<void> {
    if (!this.tokens.has(exchange.token)) return exchange.refuse(401, 'ERROR_TOKEN_EXPIRED')
    this.acknowledge(this.idsOf(exchange.carried) ?? [])
    if (exchange.headers.accept?.includes('text/event-stream')) return this.#stream(exchange)
    if (this.waiting.size === 0) await this.#news(exchange)
    if (exchange.isOver) return
    if (this.waiting.size === 0) return exchange.empty()
    exchange.json(200, this.handOver(exchange))
  }

  /** Answers an acknowledgement as the service does. */
  accept(exchange: Exchange): void {
    if (!this.tokens.has(exchange.token)) return exchange.refuse(401, 'ERROR_TOKEN_EXPIRED')
    const { cursor, ids } = JSON.parse(exchange.body)
    const named: readonly string[] = ids ?? this.idsOf(cursor) ?? []
    const unknown = (ids ?? []).filter((id: string) => !this.waiting.has(id))
    exchange.json(200, { acknowledged: this.acknowledge(named), unknown })
  }

  #take(exchange: Exchange): void {
    const isPoll = exchange.method === 'GET'
    ;(isPoll ? this.polls : this.acknowledgements).push(exchange)
    this.onRequest(exchange)
    const step = (isPoll ? this.steps : this.acknowledgementSteps).shift()
    exchange.response.once('close', () => this.#changes.tell())
    if (step) step(exchange, this)
    else if (isPoll) void this.serve(exchange)
    else this.accept(exchange)
    this.#changes.tell()
  }

  /** Answers with server-sent events until the connection ends. */
  async #stream(exchange: Exchange): Promise<void> {
    const stream = new EventStream(exchange)
    stream.begin()
    const sent = new Set<string>()
    while (!exchange.isOver) {
      for (const [id, whole] of this.waiting) {
        if (sent.has(id)) continue
        sent.add(id)
        // An event's cursor stands for everything up to it.
        stream.notify(whole, this.newCursor([...sent]))
      }
      await this.#news(exchange)
    }
  }

  /** Resolves when something waits, the time is up, or the client has gone. */
  #news(exchange: Exchange): Promise<void> {
    const waitMs = Number(exchange.query.get('wait') ?? defaultWaitSeconds) * 1000
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#held.delete(end)
        exchange.response.off('close', end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      this.#held.add(end)
      exchange.response.once('close', end)
    })
  }
}
