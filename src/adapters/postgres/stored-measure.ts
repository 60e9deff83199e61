import type { Pool } from './pool.ts'

/** How many notifications are stored, and how old the oldest is. */
export interface StoredMeasure {
  /** At most `maxMeasured`. */
  readonly rows: number
  /** 0 when there is none. Of more than `maxMeasured` rows, not all were looked at. */
  readonly oldestSeconds: number
}

/** Rows that are looked at: counting them takes some ten milliseconds, and so many are an alarm in any case. */
export const maxMeasured = 100_000
/** Nobody waits for the result but a collector of metrics, which has a deadline of its own. */
const deadlineMs = 1_000

/** Looks at the notifications that are stored for any client, by the database's clock. */
export async function measureStored(pool: Pool): Promise<StoredMeasure> {
  const [found] = await pool.as('measure pending').query(
    (sql, { pendingNotifications }) => sql<{ rows: number; oldestSeconds: number | null }[]>`
      select count(*)::int as rows, extract(epoch from now() - min(created_at))::float8 as "oldestSeconds"
      from (
        select created_at from ${pendingNotifications} where expires_at > now() limit ${maxMeasured}
      ) as measured`,
    deadlineMs,
  )
  return { rows: found?.rows ?? 0, oldestSeconds: Math.max(0, found?.oldestSeconds ?? 0) }
}
