import postgres from 'postgres'

/**
 * Class 40, "transaction rollback": the statement had no effect, because of others that ran beside it. A deadlock; or, in
 * a database whose isolation is stricter than READ COMMITTED, a row that has changed since the statement began. Repeated,
 * the statement sees the change, as it would in READ COMMITTED.
 */
export function isRolledBack(error: unknown): boolean {
  return error instanceof postgres.PostgresError && (error.code === '40001' || error.code === '40P01')
}

/**
 * A connection that had worked was closed from the other side as the statement was sent: by `idle_session_timeout`, a
 * pooler, a firewall. All that idled with it are suspect, so the statement is sent again, once, on a fresh connection.
 */
export class StaleConnection extends Error {}

/** The server, or the pooler, has as many connections as it takes. */
export class NoRoom extends Error {}

/**
 * 53300 is `too_many_connections`: of the server, the database or the role. Poolers have codes of their own, and these
 * words: PgBouncer for `max_client_conn`, Supavisor and pgcat for the size of a pool.
 */
export function takesNoMore(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError)) return false
  return error.code === '53300' || /no more connections allowed|max client(s| connections) reached/i.test(error.message)
}

export function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && lost.has(String(error.code))
}

/** 57P05 is the end of `idle_session_timeout`; the others are those of the library and of the socket. */
const lost = new Set(['57P05', 'CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE'])

/** The server is read-only, shutting down or starting: after a failover, the name may lead to another one. */
export function isWrongServer(error: unknown): boolean {
  return error instanceof postgres.PostgresError && wrongServer.has(error.code)
}

const wrongServer = new Set(['25006', '57P01', '57P02', '57P03'])
