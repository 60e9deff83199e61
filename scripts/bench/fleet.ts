import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type HttpMessage, HttpReader, statusOf } from './http-reader.ts'
import { deliveriesIn, Ledger } from './ledger.ts'
import type { Target } from './target.ts'

/** Connections that are opened at a time: below what the servers' queues for new ones take. */
const connectingAtOnce = 200
/** How long all polls may take to be held, and everything that is on its way to arrive. */
const patienceMs = 20_000

/**
 * Clients of one target: each has a connection and polls again the moment its poll has come back. Every answer goes
 * into the ledger before anything else is done with it.
 */
export class Fleet {
  readonly target: Target
  readonly ledger: Ledger
  /** Told of every delivery that was due; may publish the next one. */
  onDelivered: (client: number, number: number) => void = () => {}
  readonly #sockets: Socket[] = []
  /** One buffer for all: what is read is looked at before the next read. */
  readonly #buffer = Buffer.allocUnsafeSlow(64 * 1024)
  #failure: string | null = null
  #closing = false

  constructor(target: Target, clients: number) {
    this.target = target
    this.ledger = new Ledger(clients)
  }

  /** Connects these many clients more, and waits until the target holds a poll of each. */
  async connect(clients: number): Promise<void> {
    const all = this.#sockets.length + clients
    while (this.#sockets.length < all) {
      const some = Math.min(connectingAtOnce, all - this.#sockets.length)
      await Promise.all(Array.from({ length: some }, () => this.#connectOne()))
      this.check()
    }
    await this.untilHeld(all)
  }

  /** Waits until the target says that it holds just these many polls. */
  async untilHeld(polls: number): Promise<void> {
    await this.#until(`${polls} polls are held`, async () => (await this.target.heldPolls()) === polls)
  }

  publish(client: number): void {
    this.target.publish(client, this.ledger.publish(client))
  }

  /** Waits until everything published has arrived and is acknowledged. What is missing after that is the ledger's to tell. */
  async settle(signal: AbortSignal): Promise<void> {
    await this.#until('everything has arrived', async () => this.ledger.outstanding === 0, signal, false)
    await this.#until('everything is acknowledged', async () => this.target.unacknowledged() === 0, signal, false)
  }

  /** Throws when something happened that makes the numbers worthless. */
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
      port: this.target.port,
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
    // The poll first: a client does not wait for anybody before it polls again.
    socket.write(poll)
    for (const { addressee, number } of deliveriesIn(response.body)) {
      if (this.ledger.receive(client, addressee, number)) this.onDelivered(client, number)
    }
  }

  #fail(failure: string): void {
    if (!this.#closing) this.#failure ??= failure
  }

  async #until(what: string, isSo: () => Promise<boolean>, signal?: AbortSignal, orThrow = true): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (!(await isSo())) {
      signal?.throwIfAborted()
      this.check()
      if (performance.now() > deadline) {
        if (!orThrow) return
        throw new Error(`${this.target.name}: after ${patienceMs / 1_000} s it is still not so that ${what}`)
      }
      await pause(20)
    }
  }
}
