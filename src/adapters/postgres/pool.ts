import { readFileSync } from 'node:fs'
import { Refusal } from '../../delivery/refusal.ts'
import { Connection, type Rows, type Statement } from './connection.ts'

/** A fixed sentence and its fields. */
export interface Log {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
}

/** Where the database is and how to get in. */
export interface DatabaseOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls: boolean
  /** A PEM file with the authorities to believe; without it the well-known ones. Read once, when the pool is opened. */
  readonly caFile?: string | null
}

export interface PoolOptions extends DatabaseOptions {
  /** Most connections at once. */
  readonly max?: number
  /** After how long the server itself ends a statement: the second line of defence behind each query's deadline. */
  readonly statementTimeoutMs?: number
  readonly log: Log
}

export interface Pool {
  /**
   * Runs one statement: `query((sql) => sql`select …`)`. Rejects with a `Refusal` whose cause is the reason, at the
   * latest when the deadline is over; the statement is then cancelled, but may have been carried out all the same, so
   * every write has to bear being repeated.
   */
  query<Row extends object>(statement: Statement<Row>, deadlineMs?: number): Promise<Rows<Row>>
  /** Resolves when the database answers. */
  check(): Promise<void>
  /** Takes no more queries, lets those under way end within their deadlines, and closes every connection. */
  close(): Promise<void>
}

const defaultDeadlineMs = 3_000
/** Readiness is asked for often and by someone with a deadline of their own. */
const checkDeadlineMs = 1_000

/**
 * Connections to share: at most `max`, opened when needed, each for one statement at a time.
 * Single statements only: with a transaction open, a dying server would take the process down.
 */
export function openPool({ max = 10, statementTimeoutMs = 5_000, log, caFile, ...options }: PoolOptions): Pool {
  const ca = caFile ? readFileSync(caFile, 'utf8') : null
  const open = new Set<Connection>()
  const idle: Connection[] = []
  /** Those who wait for a connection, longest first. */
  const waiting = new Set<(connection: Connection) => void>()
  const underWay = new Set<Promise<void>>()
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

  /** Tells the log when the database stops answering and when it does again, not at each query in between. */
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
      // Still usable: the server has answered, and refused the statement.
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
      underWay.delete(settled)
    }
    underWay.add(settled)
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
      // A query that ends badly drops its connection, which is one more thing under way.
      while (underWay.size > 0) await Promise.all(underWay)
      for (const connection of idle.splice(0)) drop(connection)
      await Promise.all(underWay)
    },
  }
  return pool
}
