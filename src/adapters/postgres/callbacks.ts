import { randomUUID } from 'node:crypto'
import type { Callback, CallbackOutcome } from '../../delivery/intake/callbacks.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { Queries, Sql } from './connection.ts'
import { DatabaseClock } from './database-clock.ts'
import { encodingOf, toPendingRow } from './pending-row.ts'
import type { Pool } from './pool.ts'
import { ms } from './sql-parts.ts'
import { firstCount, hasRoom, type Moment, maxPending, moment, rememberedHours } from './storing-parts.ts'

/** A callback as the table knows it, without the secret itself. */
type Hashed = Omit<Callback, 'callbackId'>

/** The port of the core, over the tables. */
export interface StoredCallbacks {
  accept(callback: Hashed): Promise<CallbackOutcome>
}

interface CallbacksOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly pendingTtlSeconds: number
  /** The maximum of notifications that wait for one client. */
  readonly cap?: number
}

interface Needs extends Required<Pick<CallbacksOptions, 'pendingTtlSeconds' | 'cap'>> {
  readonly queries: Queries
  readonly databaseClock: DatabaseClock
}

interface Judged extends Moment {
  readonly clientId: string
  readonly subject: string
  readonly correlationId: string | null
  /** Whether the registration accepts callbacks. */
  readonly open: boolean
  /** The notification that was stored with the key before; null when there is none. */
  readonly knownId: string | null
  /** When this notification was stored; null when it was not. */
  readonly storedAtMs: string | null
}

/** Turns callbacks into pending notifications, each with one statement. */
export function createCallbacks({
  pool,
  clock,
  pendingTtlSeconds,
  cap = maxPending,
}: CallbacksOptions): StoredCallbacks {
  const needs = { pendingTtlSeconds, cap, databaseClock: new DatabaseClock(clock) }
  return {
    async accept(callback) {
      const outcome = await pool.secrets.lookUp(
        callback.digest,
        (queries) => judge({ ...needs, queries }, callback),
        ({ kind }) => kind !== 'unknown',
      )
      // A callback may have waited for the lock while another one took the last use with the same key: its statement saw
      // the use, but not yet the key. A registration that is closed stays closed, so a key that exists is visible now.
      if (outcome.kind !== 'gone' || callback.idempotencyKey === null) return outcome
      return judge({ ...needs, queries: pool }, callback)
    },
  }
}

const isFresh = (sql: Sql) => sql`was.created_at > now() - make_interval(hours => ${rememberedHours})`

/**
 * Locks the registration: callbacks to one URL run one after the other, and each sees the uses counted before it, although
 * they are newer than its own snapshot. Then the key: `known` finds a key that existed when the statement began, `claimed`
 * a key that came since, because an upsert meets the newest row in any case. Only the callback that claims the key counts
 * a use and stores.
 */
async function judge(
  { queries, pendingTtlSeconds, cap, databaseClock }: Needs,
  { digest, idempotencyKey, body, contentType }: Hashed,
): Promise<CallbackOutcome> {
  const id = randomUUID()
  const encoding = encodingOf(body)
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const sentMs = databaseClock.now()
  const deadlineMs = databaseClock.deadlineMs()
  const [found] = await queries.query(
    (sql, { registrations, idempotencyKeys, ...tables }) => sql<Judged[]>`
      with ${moment(sql, deadlineMs)}, registration as materialized (
        select
          id, client_id, subject, correlation_id,
          revoked_at is null and expires_at > now() and (max_uses = 0 or uses < max_uses) as open
        from ${registrations}
        where callback_hash = decode(${digest}, 'hex')
        for update
      ), known as materialized (
        select notification_id
        from ${idempotencyKeys} as was
        join registration on registration.id = was.registration_id
        where was.key = ${idempotencyKey}::text and ${isFresh(sql)}
      ), welcome as materialized (
        select * from registration
        where open and (select "inTime" from moment) and not exists (select from known)
          and ${hasRoom(sql, tables, sql`registration.client_id`, cap)}
      ), claimed as (
        insert into ${idempotencyKeys} as was (registration_id, key, notification_id)
        select id, ${idempotencyKey}::text, ${id}::uuid from welcome where ${idempotencyKey}::text is not null
        on conflict (registration_id, key) do update set
          notification_id = case when ${isFresh(sql)} then was.notification_id else excluded.notification_id end,
          created_at = case when ${isFresh(sql)} then was.created_at else excluded.created_at end
        returning notification_id
      ), fresh as materialized (
        select * from welcome
        where ${idempotencyKey}::text is null or exists (select from claimed where notification_id = ${id})
      ), used as (
        update ${registrations} set uses = uses + 1 from fresh where registrations.id = fresh.id
      ), stored as (
        insert into ${tables.pendingNotifications}
          (id, client_id, subject, body, content_type, encoding, correlation_id, delivery_count, expires_at)
        select
          ${id}::uuid, client_id, subject, ${bytes}::bytea, ${contentType}::text, ${encoding}::text, correlation_id,
          ${firstCount(sql, tables, sql`fresh.client_id`)}, now() + make_interval(secs => ${pendingTtlSeconds}::int)
        from fresh
        returning created_at
      )
      select
        client_id as "clientId", subject, correlation_id as "correlationId", open,
        coalesce(
          (select notification_id from known),
          (select notification_id from claimed where notification_id <> ${id})
        ) as "knownId",
        (select ${ms(sql, sql`created_at`)} from stored) as "storedAtMs",
        moment.*
      from registration cross join moment`,
  )
  if (found === undefined) return { kind: 'unknown' }
  const { clientId, subject, correlationId, open, knownId, storedAtMs } = found
  if (knownId !== null) return { kind: 'duplicate', id: knownId, addressee: clientId }
  if (!open) return { kind: 'gone' }
  databaseClock.note(found, sentMs)
  if (storedAtMs === null) return { kind: 'full' }
  const row = {
    ...{ id, givenId: null, clientId, subject, correlationId, body: bytes, contentType, encoding },
    ...{ deliveryCount: 1, createdAtMs: Number(storedAtMs), sentAtMs: null },
  }
  return { kind: 'stored', row: toPendingRow(row) }
}
