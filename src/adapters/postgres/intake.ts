import type { Sql } from './connection.ts'

/**
 * Most notifications that wait for one client. Whoever does not fetch for a week must not fill the database; a caller that
 * is told 429 knows at once. Statements that run beside each other may pass it by as many as there are connections.
 */
export const maxPending = 1_000

/** How long a key, or an id that a publisher gave, is remembered. */
export const rememberedHours = 24

/** Stands where a registration would, in the keys of publishers. */
export const ofPublishers = '00000000-0000-0000-0000-000000000000'

/** Whether one more may wait for the client; looks at no more rows than it has to. */
export const hasRoom = (sql: Sql, clientId: ReturnType<Sql>, most: number) => sql`
  not exists (
    select from pending_notifications where client_id = ${clientId} and expires_at > now() offset ${most - 1}
  )`

/**
 * 1 when the client is being handed it as soon as it is stored, so that a later reading counts as the second; else 0. A
 * wrong guess only makes the count say "perhaps a repeat": whether the client is connected is decided afterwards.
 */
export const firstCount = (sql: Sql, clientId: ReturnType<Sql>) => sql`
  (select count(*)::int from sessions join instances on instances.id = sessions.instance_id
   where sessions.client_id = ${clientId} and instances.dead_at is null)`

/** When the statement begins, and whether that is in time: a common table expression named `moment`. */
export const moment = (sql: Sql, deadline: Date | null) => sql`
  moment as materialized (
    select begun_at as "begunAt", coalesce(begun_at < ${deadline}::timestamptz, true) as "inTime"
    from (select clock_timestamp() as begun_at offset 0) as clock
  )`

/** What `moment` has found. */
export interface Moment {
  readonly begunAt: Date
  readonly inTime: boolean
}
