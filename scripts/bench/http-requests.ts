import { connect, type Socket } from 'node:net'
import { type HttpMessage, HttpReader } from './http-reader.ts'

type OnResponse = (response: HttpMessage) => void

interface Connection {
  readonly socket: Socket
  /** Called with the response to the request that is under way; null while the connection is idle. */
  onResponse: OnResponse | null
}

/**
 * Connections of senders to one server, opened as they are needed. Each carries one request at a time, as those of an HTTP
 * client do. The server may close an idle one.
 */
export class HttpRequests {
  readonly #port: number
  readonly #maxConnections: number
  readonly #all = new Set<Connection>()
  readonly #idle = new Set<Connection>()
  readonly #waiting: { readonly request: string; readonly onResponse: OnResponse }[] = []
  #closing = false
  /** The reason why requests can no longer be sent; null while they can. */
  failure: string | null = null

  constructor(port: number, maxConnections: number) {
    this.#port = port
    this.#maxConnections = maxConnections
  }

  /** Sends a request as soon as a connection is free. */
  send(request: string, onResponse: OnResponse): void {
    const [idle] = this.#idle
    if (idle !== undefined) this.#sendOn(idle, request, onResponse)
    else if (this.#all.size < this.#maxConnections) this.#sendOn(this.#open(), request, onResponse)
    else this.#waiting.push({ request, onResponse })
  }

  close(): void {
    this.#closing = true
    for (const { socket } of this.#all) socket.destroy()
  }

  #open(): Connection {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    const connection: Connection = { socket, onResponse: null }
    const reader = new HttpReader((response) => {
      const { onResponse } = connection
      const next = this.#waiting.shift()
      connection.onResponse = null
      if (next === undefined) this.#idle.add(connection)
      else this.#sendOn(connection, next.request, next.onResponse)
      onResponse?.(response)
    })
    socket.on('data', (bytes) => reader.read(bytes))
    socket.on('error', (error) => this.#ended(connection, `a connection of a sender failed: ${error.message}`))
    socket.on('close', () => this.#ended(connection, 'a connection of a sender was closed'))
    this.#all.add(connection)
    return connection
  }

  #sendOn(connection: Connection, request: string, onResponse: OnResponse): void {
    this.#idle.delete(connection)
    connection.onResponse = onResponse
    connection.socket.write(request, 'latin1')
  }

  #ended(connection: Connection, failure: string): void {
    this.#all.delete(connection)
    this.#idle.delete(connection)
    if (!this.#closing && connection.onResponse !== null) this.failure ??= failure
  }
}
