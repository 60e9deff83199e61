import type { Sql } from './connection.ts'

/**
 * The maximum of notifications that wait for one client. A client that does not poll for a week must not fill the database;
 * a publisher that gets 429 knows at once. Concurrent statements may exceed it by as many as there are connections.
 */
export const maxPending = 1_000

/** How long an idempotency key, or a publisher's id, is remembered. */
export const rememberedHours = 24

/** The registration id of publishers' keys, which belong to no registration. */
export const ofPublishers = '00000000-0000-0000-0000-000000000000'

/** Whether another notification may wait for the client; reads no more rows than necessary. */
export const hasRoom = (sql: Sql, clientId: ReturnType<Sql>, max: number) => sql`
  not exists (
    select from pending_notifications where client_id = ${clientId} and expires_at > now() offset ${max - 1}
  )`

/**
 * 1 when the notification is handed over as soon as it is stored, so that a later reading counts as the second; else 0. A
 * wrong guess only makes the count say "perhaps a repeat": whether the client is connected is decided afterwards.
 */
export const firstCount = (sql: Sql, clientId: ReturnType<Sql>) => sql`
  (select count(*)::int from sessions join instances on instances.id = sessions.instance_id
   where sessions.client_id = ${clientId} and instances.dead_at is null)`

/** A common table expression named `moment`: when the statement begins, and whether that is in time. */
export const moment = (sql: Sql, deadline: Date | null) => sql`
  moment as materialized (
    select begun_at as "begunAt", coalesce(begun_at < ${deadline}::timestamptz, true) as "inTime"
    from (select clock_timestamp() as begun_at offset 0) as clock
  )`

/** The columns of `moment`. */
export interface Moment {
  readonly begunAt: Date
  readonly inTime: boolean
}
