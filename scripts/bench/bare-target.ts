import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { HttpReader, statusOf } from './http-reader.ts'
import { bodyOf } from './ledger.ts'
import { startMeasuredServer } from './measured-server.ts'
import { askHeldPolls, type StartTarget } from './target.ts'

const entry = fileURLToPath(new URL('./bare-server.ts', import.meta.url))
/** The number of publishers, with a connection each. Requests of one turn of the event loop are pipelined. */
const publishers = 8

/** The bare server, fed by POSTs. Its clients send tokens as well, which the server parses as part of the headers. */
export function bareTarget(tokens: readonly string[]): StartTarget {
  return async () => {
    const server = await startMeasuredServer([entry], {})
    const lines = Array.from({ length: publishers }, () => new PublishingLine(server.port))
    return {
      name: 'bare',
      pids: [server.pid],
      databasePid: null,
      portOf: () => server.port,
      publish(client, number) {
        lines[client % publishers]?.publish(client, number)
      },
      pollOf: (client) =>
        Buffer.from(
          `GET /poll?${client} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${tokens[client]}\r\n\r\n`,
        ),
      heldPolls: () => askHeldPolls(server.port),
      unacknowledged: () => 0,
      queueCalls: () => 0,
      failure: () => lines.map(({ failure }) => failure).find((one) => one !== null) ?? server.failure(),
      async stop() {
        for (const line of lines) line.close()
        await server.stop()
      },
    }
  }
}

class PublishingLine {
  readonly #socket: Socket
  #buffered = ''
  #flushing: NodeJS.Immediate | null = null
  #closing = false
  failure: string | null = null

  constructor(port: number) {
    const reader = new HttpReader((response) => {
      if (statusOf(response) !== 204) this.failure = `a publish was answered ${response.head}`
    })
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (bytes) => reader.read(bytes))
    this.#socket.on('error', (error) => {
      this.failure = `a publishing connection failed: ${error.message}`
    })
    this.#socket.on('close', () => {
      if (!this.#closing) this.failure ??= 'a publishing connection was closed'
    })
  }

  publish(client: number, number: number): void {
    const body = bodyOf(client, number)
    this.#buffered += `POST /publish?${client} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    this.#flushing ??= setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = null
    this.#socket.write(this.#buffered, 'latin1')
    this.#buffered = ''
  }

  close(): void {
    this.#closing = true
    if (this.#flushing) clearImmediate(this.#flushing)
    this.#socket.destroy()
  }
}
