import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** A response that is being held, written, or in its grace. */
export interface Exchange {
  /** The connection is gone; with `failed` what was written may not have arrived. */
  closed(failed: boolean): void
}

const key = Symbol('connection')

/** The responses that care how a socket ends: one listener per socket, so that a poll adds none. */
export class Connection {
  readonly socket: Socket
  /** It carries a WebSocket, which ends our side of it only when the peer has answered our last frame, or sent its own. */
  upgraded = false
  readonly #exchanges: Exchange[] = []
  #reset = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('close', (hadError) => this.#closed(hadError))
    // Before Node's own listener closes our side and the kernel's knowledge is gone.
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
   * The peer has closed its side. Whether it has also thrown away what we wrote, the kernel knows: after a reset the
   * socket has no peer any more. It is asked here, since Node closes the socket without an error in that case.
   * `remoteAddress` asks the kernel only the first time; nothing else in this service may read it.
   * Where both sides have ended there is no peer either, and nothing is wrong: a WebSocket whose peer has thrown something
   * away fails before that, when it writes its last frame.
   */
  #onEnd(): void {
    if (this.upgraded && this.socket.writableEnded) return
    if (this.#exchanges.length > 0 && this.socket.remoteAddress === undefined) this.#reset = true
  }

  #closed(hadError: boolean): void {
    for (const exchange of this.#exchanges.splice(0)) exchange.closed(hadError || this.#reset)
  }
}

/** Remembers every connection of the server from its first byte on. */
export function rememberConnections(server: Server): void {
  server.on('connection', (socket: Socket & { [key]?: Connection }) => {
    socket[key] = new Connection(socket)
  })
}

/** What is remembered of the socket. */
export function connectionOf(socket: Socket): Connection {
  const connection = (socket as Socket & { [key]?: Connection })[key]
  if (connection === undefined) throw new Error('rememberConnections was not called for this server')
  return connection
}
