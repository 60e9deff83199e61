import postgres from 'postgres'
import type { Postgres } from '../stack/postgres.ts'

/** Returns a function that counts the stored notifications; its connection ends with `undo`. */
export function countStored(
  { port, user, password, database }: Postgres,
  undo: AsyncDisposableStack,
): () => Promise<number> {
  const sql = postgres({ host: '127.0.0.1', port, user, password, database, max: 1 })
  undo.defer(() => sql.end({ timeout: 1 }))
  return async () => {
    const [row] = await sql<[{ count: number }]>`select count(*)::int as count from pending_notifications`
    return row.count
  }
}
