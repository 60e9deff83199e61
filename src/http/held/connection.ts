import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** How a connection ended: closed in order, or failed, so that written bytes may not have arrived. */
export type ConnectionEnd = 'closed' | 'failed'

/** A response that is being held, written, or in its grace. */
export interface Exchange {
  /** The connection is gone. */
  closed(end: ConnectionEnd): void
}

const key = Symbol('connection')

/** The responses that are told how their socket ends. There is one listener per socket, so that a poll adds none. */
export class Connection {
  readonly socket: Socket
  /** The connection carries a WebSocket, which ends our side only after the peer's close frame. */
  upgraded = false
  readonly #exchanges: Exchange[] = []
  #reset = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('close', (hadError) => this.#closed(hadError))
    // Before Node's own listener closes our side, after which the kernel no longer knows about a reset.
    socket.prependListener('end', () => this.#onEnd())
  }

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange)
  }

  remove(exchange: Exchange): void {
    const at = this.#exchanges.indexOf(exchange)
    if (at !== -1) this.#exchanges.splice(at, 1)
  }

  /**
   * The peer has closed its side. The kernel knows whether the peer also discarded bytes that we wrote: after a reset the
   * socket has no peer any more, and Node closes it without an error.
   * `remoteAddress` asks the kernel only the first time; nothing else in this service may read it.
   * After both sides have ended there is no peer either, and nothing is wrong: a WebSocket whose peer discarded bytes
   * fails earlier, when it writes its last frame.
   */
  #onEnd(): void {
    if (this.upgraded && this.socket.writableEnded) return
    if (this.#exchanges.length > 0 && this.socket.remoteAddress === undefined) this.#reset = true
  }

  #closed(hadError: boolean): void {
    const end = hadError || this.#reset ? 'failed' : 'closed'
    for (const exchange of this.#exchanges.splice(0)) exchange.closed(end)
  }
}

/** Remembers every connection of the server from the moment it opens. */
export function rememberConnections(server: Server): void {
  server.on('connection', (socket: Socket & { [key]?: Connection }) => {
    socket[key] = new Connection(socket)
  })
}

/** Returns the remembered connection of a socket. */
export function connectionOf(socket: Socket): Connection {
  const connection = (socket as Socket & { [key]?: Connection })[key]
  if (connection === undefined) throw new Error('rememberConnections was not called for this server')
  return connection
}
