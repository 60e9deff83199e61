import postgres from 'postgres'
import type { Postgres } from '../stack/postgres.ts'

/** Returns a function that counts the stored notifications; its connection ends with `undo`. */
export function countStored(server: Postgres, undo: AsyncDisposableStack): () => Promise<number> {
  const sql = connectTo(server, undo)
  return async () => {
    const [row] = await sql<[{ count: number }]>`select count(*)::int as count from pending_notifications`
    return row.count
  }
}

/**
 * Returns a function that counts the transactions that have written so far, by their numbers: these are exact at once, where
 * the server's statistics come seconds later. Its connection ends with `undo`.
 */
export function countWrites(server: Postgres, undo: AsyncDisposableStack): () => Promise<number> {
  const sql = connectTo(server, undo)
  return async () => {
    const [row] = await sql<[{ next: string }]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`
    return Number(row.next)
  }
}

function connectTo({ port, user, password, database }: Postgres, undo: AsyncDisposableStack): postgres.Sql {
  const sql = postgres({ host: '127.0.0.1', port, user, password, database, max: 1 })
  undo.defer(() => sql.end({ timeout: 1 }))
  return sql
}
