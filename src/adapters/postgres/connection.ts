import { Socket } from 'node:net'
import postgres from 'postgres'

export type Sql = postgres.Sql
/** Builds one statement with the given template, so that it can be built for the connection that happens to be free. */
export type Statement<Row extends object> = (sql: Sql) => postgres.PendingQuery<Row[]>
export type Rows<Row extends object> = postgres.RowList<Row[]>

export interface ConnectionOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Encrypted; the certificate is verified against `ca` (PEM) or, without it, the well-known authorities. */
  readonly tls: boolean
  readonly ca: string | null
  /** The server itself ends a statement that takes longer. */
  readonly statementTimeoutMs: number
}

/** The library accepts these two options as well, which its types do not say. */
type Dialled = postgres.Options<Record<string, never>> & {
  /** Makes the socket of a connection, or of the request to cancel a statement. */
  readonly socket: () => Socket
  /** How many statements are sent before the response to the previous one. */
  readonly max_pipeline: number
}

/**
 * A statement in flight. The library's `cancel` calls `canceller` and drops its promise, which rejects when the server is
 * gone; an unhandled rejection would end the process, so `canceller` is called here instead.
 */
interface Running {
  readonly canceller: ((running: Running) => Promise<void>) | null
}

/** How long a goodbye, or asking the server to cancel a statement, may take before the socket is destroyed. */
const goodbyeMs = 1_000

/**
 * One connection, for one statement at a time.
 *
 * It is used until its first fault and never again. The library would reconnect by itself, but then the error that ended
 * one connection fails the first statement of the next; a cancelled statement that still waits for its connection keeps
 * that connection from ever being used; behind a pipelined, cancelled statement the responses go to the wrong ones; and a
 * late cancellation ends the statement that runs by then. A fresh connection after a fault has none of these problems.
 */
export class Connection {
  readonly #sql: Sql
  readonly #sockets = new Set<Socket>()
  #running: Running | null = null
  #cancelling = false
  #ended = false
  #usable = true

  constructor(options: ConnectionOptions, onLost: (connection: Connection) => void) {
    const { host, port, user, password, database, tls, ca, statementTimeoutMs } = options
    const dialled: Dialled = {
      host,
      port,
      user,
      password,
      database,
      ssl: tls ? { host, ...(ca === null ? {} : { ca }) } : false,
      socket: () => this.#dial(host, port),
      max: 1,
      max_pipeline: 0,
      max_lifetime: null,
      // Asking for the server's array types at each connect rejects where nobody listens when the server dies then.
      fetch_types: false,
      backoff: () => 0.1,
      connect_timeout: 5,
      // A server that vanished is noticed while its connection idles: here after some 20 s.
      keep_alive: 10,
      onnotice: () => {},
      onclose: () => {
        this.#usable = false
        onLost(this)
      },
      connection: { application_name: 'notification-service', statement_timeout: statementTimeoutMs },
    }
    this.#sql = postgres(dialled)
  }

  /** Whether another statement may run on this connection. */
  get usable(): boolean {
    return this.#usable && this.#running === null
  }

  async run<Row extends object>(statement: Statement<Row>): Promise<Rows<Row>> {
    const running = statement(this.#sql)
    this.#running = running as unknown as Running
    try {
      return await running
    } catch (error) {
      // An ERROR concerns the statement and leaves the connection sound; FATAL, or any other failure, does not.
      if (!(error instanceof postgres.PostgresError) || error.severity !== 'ERROR') this.#usable = false
      throw error
    } finally {
      this.#running = null
    }
  }

  /** Ends the connection and its statement, at the server too when it responds. Resolves within two seconds. */
  async end(): Promise<void> {
    this.#usable = false
    const running = this.#running
    if (running) await this.#cancel(running)
    this.#ended = true
    await this.#sql.end({ timeout: running ? 0 : goodbyeMs / 1_000 }).catch(() => {})
    // The library only half-closes: with a server that never responds, sockets would pile up and keep the process alive.
    for (const socket of this.#sockets) socket.destroy()
  }

  async #cancel(running: Running): Promise<void> {
    this.#cancelling = true
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, goodbyeMs)
    const cancelled = Promise.resolve(running.canceller?.(running)).catch(() => {})
    await Promise.race([cancelled, patience.promise])
    clearTimeout(timer)
  }

  #dial(host: string, port: number): Socket {
    const socket = new Socket()
    socket.setNoDelay(true)
    // A second socket is only for a cancellation: a connection that was lost while it opened is not dialled again and
    // again, which the library would do without a pause.
    const wanted = !this.#ended && (this.#sockets.size === 0 || this.#cancelling)
    this.#sockets.add(socket)
    // The library listens for errors a moment after it got the socket; an earlier error would end the process.
    setImmediate(() => {
      if (wanted && !this.#ended) socket.connect({ host, port })
      else socket.destroy(new Error('the connection was lost while it was opened'))
    })
    return socket
  }
}
