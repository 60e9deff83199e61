import type { Sql } from './connection.ts'
import { type Fragment, ms, type Tables } from './sql-parts.ts'

/**
 * The maximum of notifications that wait for one client. A client that does not poll for a week must not fill the database;
 * a publisher that gets 429 knows at once. Concurrent statements may exceed it by what they carry for the client: those of
 * several instances, and callbacks of several URLs.
 */
export const maxPending = 1_000

/** How long an idempotency key, or a publisher's id, is remembered. */
export const rememberedHours = 24

/** The registration id of publishers' keys, which belong to no registration. */
export const ofPublishers = '00000000-0000-0000-0000-000000000000'

/**
 * Whether the client has room for one more notification than the earlier ones of its statement. `rank` is 1 for the first
 * notification of the client in the statement. Reads no more rows than necessary.
 */
export const hasRoom = (
  sql: Sql,
  tables: Pick<Tables, 'pendingNotifications'>,
  { clientId, rank }: { readonly clientId: Fragment; readonly rank: Fragment },
  max: number,
) => sql`
  (${rank} <= ${max}::int and not exists (
    select from ${tables.pendingNotifications}
    where client_id = ${clientId} and expires_at > now()
    offset greatest(${max}::int - ${rank}, 0)
  ))`

/**
 * 1 when the notification is handed over as soon as it is stored, so that a later reading counts as the second; else 0. A
 * wrong guess only makes the count say "perhaps a repeat": whether the client is connected is decided afterwards.
 */
export const firstCount = (sql: Sql, tables: Pick<Tables, 'instances' | 'sessions'>, clientId: Fragment) => sql`
  (select count(*)::int from ${tables.sessions} join ${tables.instances} on instances.id = sessions.instance_id
   where sessions.client_id = ${clientId} and instances.dead_at is null)`

/** A common table expression named `moment`: when the statement begins, and whether that is in time. */
export const moment = (sql: Sql, deadlineMs: number | null) => sql`
  moment as materialized (
    select
      ${ms(sql, sql`begun_at`)} as "begunAtMs",
      coalesce(begun_at < to_timestamp(${deadlineMs}::float8 / 1000), true) as "inTime"
    from (select clock_timestamp() as begun_at offset 0) as clock
  )`

/** The columns of `moment`. */
export interface Moment {
  readonly begunAtMs: string
  readonly inTime: boolean
}
