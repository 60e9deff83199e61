import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from '../stack/until.ts'
import { type HttpMessage, HttpReader, statusOf } from './http-reader.ts'
import { deliveriesIn, Ledger } from './ledger.ts'
import type { Target } from './target.ts'

/** The number of connections opened at a time, which fits into the servers' queues for new connections. */
const connectingAtOnce = 200
/** The time for all polls to be held, and for all deliveries in flight to arrive. */
const patienceMs = 60_000

/**
 * The clients of one target. Each has a connection, and polls again as soon as its poll is answered. Every response is
 * entered into the ledger first.
 */
export class Fleet {
  readonly target: Target
  readonly ledger: Ledger
  /** Called at every expected delivery; may publish the next one. */
  onDelivered: (client: number, number: number) => void = () => {}
  readonly #sockets: Socket[] = []
  /** One buffer for all connections: each read is processed before the next. */
  readonly #buffer = Buffer.allocUnsafeSlow(64 * 1024)
  #failure: string | null = null
  #closing = false

  constructor(target: Target, clients: number) {
    this.target = target
    this.ledger = new Ledger(clients)
  }

  /** The clients that are connected. */
  get clients(): number {
    return this.#sockets.length
  }

  /** Connects so many more clients, and waits until the target holds a poll of each. */
  async connect(clients: number): Promise<void> {
    const all = this.#sockets.length + clients
    while (this.#sockets.length < all) {
      const some = Math.min(connectingAtOnce, all - this.#sockets.length)
      await Promise.all(Array.from({ length: some }, () => this.#connectOne()))
      this.check()
    }
    await this.untilHeld(all)
  }

  /** Waits until the target reports that it holds exactly so many polls. */
  async untilHeld(polls: number): Promise<void> {
    if (await this.#until(async () => (await this.target.heldPolls()) === polls)) return
    throw new Error(`${this.target.name}: after ${patienceMs / 1_000} s it still does not hold ${polls} polls`)
  }

  publish(client: number): void {
    this.target.publish(client, this.ledger.publish(client))
  }

  /**
   * Waits a while until every delivery has arrived and is acknowledged. The ledger knows which are missing after that.
   */
  async settle(signal: AbortSignal): Promise<void> {
    await this.#until(() => this.ledger.outstanding === 0, signal)
    await this.#until(async () => (await this.target.unacknowledged()) === 0, signal)
  }

  /** Throws when something has happened that makes the numbers worthless. */
  check(): void {
    const failure = this.#failure ?? this.target.failure()
    if (failure !== null) throw new Error(`${this.target.name}: ${failure}`)
  }

  /** Closes all connections. */
  close(): void {
    this.#closing = true
    for (const socket of this.#sockets.splice(0)) socket.destroy()
  }

  async #connectOne(): Promise<void> {
    const client = this.#sockets.length
    const poll = this.target.pollOf(client)
    const reader = new HttpReader((response) => this.#answered(client, response, socket, poll))
    const socket = connect({
      port: this.target.portOf(client),
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: this.#buffer,
        callback: (length, bytes) => {
          reader.read(bytes as Buffer, length)
          return true
        },
      },
    })
    this.#sockets.push(socket)
    socket.on('error', (error) => this.#fail(`the connection of client ${client} failed: ${error.message}`))
    socket.on('close', () => this.#fail(`the connection of client ${client} was closed`))
    await once(socket, 'connect')
    socket.write(poll)
  }

  #answered(client: number, response: HttpMessage, socket: Socket, poll: Buffer): void {
    const status = statusOf(response)
    if (status !== 200 && status !== 204) return this.#fail(`a poll was answered ${status}: ${response.body}`)
    // Polls before publishing: a client polls again at once.
    socket.write(poll)
    for (const { addressee, number } of deliveriesIn(response.body)) {
      if (this.ledger.receive(client, addressee, number)) this.onDelivered(client, number)
    }
  }

  #fail(failure: string): void {
    if (!this.#closing) this.#failure ??= failure
  }

  #until(isSo: () => boolean | Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
    const checked = () => {
      this.check()
      return isSo()
    }
    return until(checked, { withinMs: patienceMs, everyMs: 20, ...(signal ? { signal } : {}) })
  }
}
