import { readFileSync } from 'node:fs'
import type { Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { Connection, type Rows, type Statement } from './connection.ts'

/** The address of the database, and the login. */
export interface DatabaseOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls: boolean
  /** A PEM file with the authorities to trust; the well-known ones by default. Read once, when the pool is opened. */
  readonly caFile?: string | null
}

export interface PoolOptions extends DatabaseOptions {
  /** The maximum of connections. */
  readonly max?: number
  /** After how long the server ends a statement: the second line of defence behind each query's deadline. */
  readonly statementTimeoutMs?: number
  readonly log: Pick<Log, 'info' | 'warn'>
}

export interface Pool {
  /**
   * Runs one statement: `query((sql) => sql`select …`)`. Rejects with a `Refusal` whose cause is the reason, at the
   * latest when the deadline is over; the statement is then cancelled, but may have been carried out all the same, so
   * every write must be safe to repeat.
   */
  query<Row extends object>(statement: Statement<Row>, deadlineMs?: number): Promise<Rows<Row>>
  /** Resolves when the database answers. */
  check(): Promise<void>
  /** Refuses new queries, lets those in flight end within their deadlines, and closes every connection. */
  close(): Promise<void>
}

const defaultDeadlineMs = 3_000
/** Readiness is asked for often, by callers with a deadline of their own. */
const checkDeadlineMs = 1_000

/**
 * Connections to share: at most `max`, opened when needed, each for one statement at a time.
 * Single statements only: with a transaction open, a dying server would take the process down.
 */
export function openPool({ max = 10, statementTimeoutMs = 5_000, log, caFile, ...options }: PoolOptions): Pool {
  const ca = caFile ? readFileSync(caFile, 'utf8') : null
  const open = new Set<Connection>()
  const idle: Connection[] = []
  /** Queries that wait for a connection, the oldest first. */
  const waiting = new Set<(connection: Connection) => void>()
  const inFlight = new Set<Promise<void>>()
  let closing = false
  let answering = true

  function take(): Connection | null {
    const connection = idle.pop()
    if (connection) return connection
    if (open.size >= max) return null
    const fresh = new Connection({ ...options, ca, statementTimeoutMs }, onLost)
    open.add(fresh)
    return fresh
  }

  function onLost(connection: Connection): void {
    const at = idle.indexOf(connection)
    if (at !== -1) {
      idle.splice(at, 1)
      drop(connection)
    }
  }

  function drop(connection: Connection): void {
    open.delete(connection)
    track(connection.end())
  }

  function giveBack(connection: Connection): void {
    if (connection.usable) idle.push(connection)
    else drop(connection)
    serve()
  }

  function serve(): void {
    for (const use of waiting) {
      const connection = take()
      if (!connection) return
      waiting.delete(use)
      use(connection)
    }
  }

  /** Logs when the database stops answering and when it answers again, not each query in between. */
  function note(answered: boolean, err?: unknown): void {
    if (answered === answering) return
    answering = answered
    if (answered) log.info({}, 'the database answers again')
    else log.warn({ err }, 'the database does not answer')
  }

  async function query<Row extends object>(statement: Statement<Row>, deadlineMs: number): Promise<Rows<Row>> {
    const turn = Promise.withResolvers<Connection>()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
    let connection: Connection | null = null
    try {
      waiting.add(turn.resolve)
      serve()
      connection = await Promise.race([turn.promise, late.promise])
      const rows = await Promise.race([connection.run(statement), late.promise])
      note(true)
      return rows
    } catch (cause) {
      // A connection that is still usable means that the server answered, and refused the statement.
      note(connection?.usable ?? answering, cause)
      throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause })
    } finally {
      clearTimeout(timer)
      waiting.delete(turn.resolve)
      if (connection) giveBack(connection)
    }
  }

  function track<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<void> = work.then(leave, leave)
    function leave(): void {
      inFlight.delete(settled)
    }
    inFlight.add(settled)
    return work
  }

  const pool: Pool = {
    async query(statement, deadlineMs = defaultDeadlineMs) {
      if (closing) throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause: new Error('the pool is closed') })
      return track(query(statement, deadlineMs))
    },
    async check() {
      await pool.query((sql) => sql`select 1`, checkDeadlineMs)
    },
    async close() {
      closing = true
      // A query that fails drops its connection, which adds to the work in flight.
      while (inFlight.size > 0) await Promise.all(inFlight)
      for (const connection of idle.splice(0)) drop(connection)
      await Promise.all(inFlight)
    },
  }
  return pool
}
