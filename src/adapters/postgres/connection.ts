import { isIP, Socket } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import postgres from 'postgres'
import { inOneRoundTrip } from './one-round-trip.ts'
import { type Tables, tablesIn } from './sql-parts.ts'
import type { StatementName } from './statement-times.ts'

export type Sql = postgres.Sql
/** Builds one statement with the given template, so that it can be built for the connection that happens to be free. */
export type Statement<Row extends object> = (sql: Sql, tables: Tables) => postgres.PendingQuery<Row[]>
export type Rows<Row extends object> = postgres.RowList<Row[]>

export interface Queries {
  /**
   * Runs one statement: `query((sql, { sessions }) => sql`select … from ${sessions}`)`. Rejects with a `Refusal` whose
   * cause is the reason, at the latest when the deadline is over; the statement is then cancelled, but may have been
   * carried out all the same, so every write must be safe to repeat.
   */
  query<Row extends object>(statement: Statement<Row>, deadlineMs?: number): Promise<Rows<Row>>
  /** Returns the same, for statements that are counted under this name. */
  as(name: StatementName): Queries
}

/** libpq's words for TLS: `prefer` uses it where the server does, `require` does not look at the certificate. */
export const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof sslModes)[number]

export interface ConnectionOptions {
  /** A name or an IP address; or, beginning with a slash, the folder of the server's socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  /** A function is called for each connection that is opened. */
  readonly password: string | (() => Promise<string>)
  readonly database: string
  /** The schema of the service's tables. */
  readonly schema: string
  readonly sslMode: SslMode
  /** PEM of the authorities to trust; the well-known ones by default. */
  readonly ca: string | null
}

/** The library accepts these options as well, which its types do not say. */
type Dialled = postgres.Options<Record<string, never>> & {
  /** Makes the socket of a connection, or of the request to cancel a statement. */
  readonly socket: () => Promise<Socket>
  /** How many statements are sent before the response to the previous one. */
  readonly max_pipeline: number
  /** Null for the usual one, whatever libpq's variables say. */
  readonly sslnegotiation: null
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
const connectSeconds = 5

/**
 * One connection, for one statement at a time.
 *
 * It is used until its first fault and never again. The library would reconnect by itself, but then the error that ended
 * one connection fails the first statement of the next; a cancelled statement that still waits for its connection keeps
 * that connection from ever being used; behind a pipelined, cancelled statement the responses go to the wrong ones; and a
 * late cancellation ends the statement that runs by then. A fresh connection after a fault has none of these problems.
 *
 * PgBouncer and RDS Proxy give each transaction another server. So nothing is left on a connection that the next statement
 * would need: no prepared statement, no `set`, and only start-up parameters that they accept.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #sql: Sql
  readonly #tables: Tables
  readonly #sockets = new Set<Socket>()
  #password = ''
  #running: Running | null = null
  #cancelling = false
  #ended = false
  #usable = true
  #proven = false

  constructor(options: ConnectionOptions, onLost: (connection: Connection) => void) {
    const { host, port, user, database, schema } = options
    this.#options = options
    const dialled: Dialled = {
      host,
      port,
      user,
      pass: () => this.#password,
      database,
      ssl: tlsOf(options),
      socket: () => this.#dial(),
      prepare: false,
      max: 1,
      max_pipeline: 0,
      max_lifetime: null,
      idle_timeout: 0,
      // Asking for the server's array types at each connect rejects where nobody listens when the server dies then.
      fetch_types: false,
      backoff: () => 0.1,
      connect_timeout: connectSeconds,
      // A server that vanished is noticed while its connection idles: here after some 20 s.
      keep_alive: 10,
      debug: false,
      sslnegotiation: null,
      onnotice: () => {},
      onclose: () => {
        this.#usable = false
        onLost(this)
      },
      connection: { application_name: 'notification-service' },
    }
    this.#sql = postgres(dialled)
    this.#tables = tablesIn(this.#sql, schema)
  }

  /** Whether another statement may run on this connection. */
  get usable(): boolean {
    return this.#usable && this.#running === null
  }

  /** Whether a statement has succeeded on this connection. */
  get proven(): boolean {
    return this.#proven
  }

  async run<Row extends object>(statement: Statement<Row>): Promise<Rows<Row>> {
    const running = inOneRoundTrip(statement(this.#sql, this.#tables))
    this.#running = running as unknown as Running
    try {
      const rows = await running
      this.#proven = true
      return rows
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

  async #dial(): Promise<Socket> {
    const { host, port, password } = this.#options
    // Here a rejection is the failure of the statement; in the library's own `pass` it would end the process.
    if (!this.#cancelling) this.#password = typeof password === 'string' ? password : await password()
    // The library sends the server its name (SNI) when it finds it on the socket.
    const socket = Object.assign(new Socket(), { host })
    socket.setNoDelay(true)
    // A second socket is only for a cancellation: a connection that was lost while it opened is not dialled again and
    // again, which the library would do without a pause.
    const wanted = !this.#ended && (this.#sockets.size === 0 || this.#cancelling)
    this.#sockets.add(socket)
    // The library listens for errors a moment after it got the socket; an earlier error would end the process.
    setImmediate(() => {
      if (!wanted || this.#ended) socket.destroy(new Error('the connection was lost while it was opened'))
      else if (isFolder(host)) socket.connect(`${host}/.s.PGSQL.${port}`)
      else socket.connect({ host, port })
    })
    return socket
  }
}

/** Whether the host is the folder of a Unix socket. */
export function isFolder(host: string): boolean {
  return host.startsWith('/')
}

function tlsOf({ host, sslMode, ca }: ConnectionOptions): TlsOptions | 'prefer' | false {
  if (sslMode === 'disable' || isFolder(host)) return false
  if (sslMode === 'prefer') return 'prefer'
  return {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
    // As in libpq: a root certificate makes `require` look at the certificate, though not at the name in it.
    rejectUnauthorized: sslMode !== 'require' || ca !== null,
    ...(sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  }
}
