import { connect, type Socket } from 'node:net'
import { type HttpMessage, HttpReader } from './http-reader.ts'

type OnResponse = (response: HttpMessage) => void

interface Connection {
  readonly socket: Socket
  onResponse: OnResponse
}

/** Connections of senders to one server. Each carries one request at a time, as those of an HTTP client do. */
export class HttpRequests {
  readonly #idle: Connection[] = []
  readonly #all: Connection[] = []
  readonly #waiting: { readonly request: string; readonly onResponse: OnResponse }[] = []
  #closing = false
  /** The reason why requests can no longer be sent; null while they can. */
  failure: string | null = null

  constructor(port: number, connections: number) {
    for (let i = 0; i < connections; i++) this.#open(port)
  }

  /** Sends a request as soon as a connection is free. */
  send(request: string, onResponse: OnResponse): void {
    const connection = this.#idle.pop()
    if (connection === undefined) this.#waiting.push({ request, onResponse })
    else this.#sendOn(connection, request, onResponse)
  }

  close(): void {
    this.#closing = true
    for (const { socket } of this.#all) socket.destroy()
  }

  #open(port: number): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const connection: Connection = { socket, onResponse: () => {} }
    const reader = new HttpReader((response) => {
      const { onResponse } = connection
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(connection)
      else this.#sendOn(connection, next.request, next.onResponse)
      onResponse(response)
    })
    socket.on('data', (bytes) => reader.read(bytes))
    socket.on('error', (error) => this.#fail(`a connection of a sender failed: ${error.message}`))
    socket.on('close', () => this.#fail('a connection of a sender was closed'))
    this.#all.push(connection)
    this.#idle.push(connection)
  }

  #sendOn(connection: Connection, request: string, onResponse: OnResponse): void {
    connection.onResponse = onResponse
    connection.socket.write(request, 'latin1')
  }

  #fail(failure: string): void {
    if (!this.#closing) this.failure ??= failure
  }
}
