import { createHash, randomUUID } from 'node:crypto'
import type { Publication, PublicationOutcome, Publishing } from '../../delivery/intake/publishing.ts'
import type { Clock } from '../../delivery/ports.ts'
import { DatabaseClock } from './database-clock.ts'
import { encodingOf, toPendingRow } from './pending-row.ts'
import type { Pool } from './pool.ts'
import { ms } from './sql-parts.ts'
import { firstCount, hasRoom, type Moment, maxPending, moment, ofPublishers, rememberedHours } from './storing-parts.ts'

interface Judged extends Moment {
  readonly known: boolean
  readonly storedAtMs: string | null
}

/** Stores publications as pending notifications, each with one statement. */
export function createPublishing({
  pool,
  clock,
  cap = maxPending,
}: {
  readonly pool: Pool
  readonly clock: Clock
  /** The maximum of notifications that wait for one client. */
  readonly cap?: number
}): Publishing {
  const databaseClock = new DatabaseClock(clock)
  return { insert: (publication) => insert(pool, databaseClock, publication, cap) }
}

/**
 * A given id is a duplicate while it is remembered, and longer while it is pending. As with callbacks, `known` finds a key
 * that existed when the statement began, and `claimed` lets only one of several concurrent publications go on. The row has
 * an id of its own even so: a publication that is repeated after 24 hours is another row, which no instance mistakes for
 * the row that it has settled.
 */
async function insert(
  pool: Pool,
  databaseClock: DatabaseClock,
  publication: Publication,
  cap: number,
): Promise<PublicationOutcome> {
  const { id: givenId, addressee, subject, contentType, correlationId, ttlSeconds, sentAt } = publication
  const id = randomUUID()
  const key = givenId === null ? null : keyOf(addressee, givenId)
  const bytes = Buffer.from(publication.body, publication.encoding ?? 'utf8')
  const encoding = encodingOf(bytes)
  const sentAtMs = sentAt === null ? null : Date.parse(sentAt)
  const sentMs = databaseClock.now()
  const deadlineMs = databaseClock.deadlineMs()
  const [found] = await pool.query(
    (sql, { idempotencyKeys, pendingNotifications, ...tables }) => sql<Judged[]>`
      with ${moment(sql, deadlineMs)}, known as materialized (
        select from ${idempotencyKeys}
        where registration_id = ${ofPublishers} and key = ${key}::text
          and (
            created_at > now() - make_interval(hours => ${rememberedHours})
            or exists (select from ${pendingNotifications} where pending_notifications.id = notification_id)
          )
      ), welcome as materialized (
        select 1
        where (select "inTime" from moment) and not exists (select from known)
          and ${hasRoom(sql, { pendingNotifications }, sql`${addressee}::text`, cap)}
      ), claimed as (
        insert into ${idempotencyKeys} (registration_id, key, notification_id)
        select ${ofPublishers}::uuid, ${key}::text, ${id}::uuid from welcome where ${key}::text is not null
        on conflict (registration_id, key) do update
          set notification_id = excluded.notification_id, created_at = excluded.created_at
          where idempotency_keys.created_at <= now() - make_interval(hours => ${rememberedHours})
        returning 1
      ), stored as (
        insert into ${pendingNotifications}
          (
            id, given_id, client_id, subject, body, content_type, encoding, correlation_id, sent_at, delivery_count,
            expires_at
          )
        select
          ${id}::uuid, ${givenId}::text, ${addressee}::text, ${subject}::text, ${bytes}::bytea, ${contentType}::text,
          ${encoding}::text, ${correlationId}::text, to_timestamp(${sentAtMs}::float8 / 1000),
          ${firstCount(sql, tables, sql`${addressee}::text`)}, now() + make_interval(secs => ${ttlSeconds}::int)
        from welcome
        where ${key}::text is null or exists (select from claimed)
        returning created_at
      )
      select
        exists (select from known) or exists (select from welcome) as known,
        (select ${ms(sql, sql`created_at`)} from stored) as "storedAtMs",
        moment.*
      from moment`,
  )
  if (found === undefined) throw new Error('the statement returns one row')
  const { known, storedAtMs } = found
  if (storedAtMs !== null) {
    databaseClock.note(found, sentMs)
    const row = { id, givenId, clientId: addressee, subject, body: bytes, contentType, encoding, correlationId }
    return {
      kind: 'stored',
      row: toPendingRow({ ...row, deliveryCount: 1, createdAtMs: Number(storedAtMs), sentAtMs }),
    }
  }
  if (!known) databaseClock.note(found, sentMs)
  // Welcome and yet not stored: another publication with this id was first.
  return known ? { kind: 'duplicate', id: givenId ?? id } : { kind: 'full' }
}

/** Returns a hash of the pair; different pairs have different hashes, since neither part has a line break. */
function keyOf(addressee: string, givenId: string): string {
  return createHash('sha256').update(`${addressee}\n${givenId}`).digest('base64url')
}
