import { hash } from 'node:crypto'
import type { Publication, PublicationOutcome, Publishing } from '../../delivery/intake/publishing.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { DatabaseClock } from './database-clock.ts'
import { MultiRowWrites } from './multi-row-writes.ts'
import { encodingOf, pendingRow } from './pending-row.ts'
import { maxWaiting, type Pool } from './pool.ts'
import { newRowId } from './row-id.ts'
import { ms } from './sql-parts.ts'
import { firstCount, hasRoom, type Moment, maxPending, moment, ofPublishers, rememberedHours } from './storing-parts.ts'

interface PublishingOptions {
  readonly pool: Pool
  readonly clock: Clock
  /** The maximum time that a notification waits. */
  readonly pendingTtlSeconds: number
  /** The maximum of notifications that wait for one client. */
  readonly cap?: number
}

/** A publication that is to be stored under this id. */
interface Draft {
  readonly id: string
  readonly publication: Publication
  /** A hash of addressee and given id; null without a given id. */
  readonly key: string | null
  readonly bytes: Buffer
  readonly encoding: 'base64' | null
  readonly sentAtMs: number | null
  readonly expiresAtMs: number | null
}

interface Judged extends Moment {
  /** The places of publications that were stored before. */
  readonly duplicates: readonly number[]
  /** The places of publications for which there was no room. */
  readonly full: readonly number[]
  readonly storedAtMs: string
}

/** Stores publications as pending notifications, many with one statement. */
export function createPublishing({ pool, clock, pendingTtlSeconds, cap = maxPending }: PublishingOptions): Publishing {
  const databaseClock = new DatabaseClock(clock)
  const writes = new MultiRowWrites<Draft, PublicationOutcome>({
    ...{ clock, maxWaiting },
    write: (drafts, withinMs) => store({ pool, databaseClock, pendingTtlSeconds, cap }, drafts, withinMs),
    // So an addressee's notifications keep their order, and statements at the same time never exceed its cap together.
    groupOf: ({ publication }) => publication.addressee,
    identityOf: ({ key }) => key,
    bytesOf: ({ bytes }) => bytes.length,
  })
  pool.countIn(writes)
  return { keepsOrder: true, insert: (publication) => writes.write(draftOf(publication)) }
}

function draftOf(publication: Publication): Draft {
  const { id: givenId, addressee, body, encoding, sentAt, expiresAt = null } = publication
  const bytes = Buffer.from(body, encoding ?? 'utf8')
  return {
    id: newRowId(),
    publication,
    key: givenId === null ? null : keyOf(addressee, givenId),
    bytes,
    encoding: encodingOf(bytes),
    sentAtMs: sentAt === null ? null : Date.parse(sentAt),
    expiresAtMs: expiresAt === null ? null : Date.parse(expiresAt),
  }
}

interface Needs {
  readonly pool: Pool
  readonly databaseClock: DatabaseClock
  readonly pendingTtlSeconds: number
  readonly cap: number
}

/**
 * A given id is a duplicate while it is remembered, and longer while it is pending. As with callbacks, `known` finds a key
 * that existed when the statement began, and `claimed` lets only one of several concurrent publications go on. The row has
 * an id of its own even so: a publication that is repeated after 24 hours is another row, which no instance mistakes for
 * the row that it has settled.
 *
 * All publishers' keys are under one registration id. Before the database has statistics of them, a plan without `offset 0`
 * reads all of them to find a few, and a statement takes 60 ms instead of 2 at 20,000 keys.
 *
 * The statement can be sent again when its outcome is unknown: a row or a key that is there with the id of the draft is
 * the draft's own. Keys are claimed in their order, so that statements of two instances never wait for each other.
 */
async function store(
  { pool, databaseClock, pendingTtlSeconds, cap }: Needs,
  drafts: readonly Draft[],
  withinMs: number,
): Promise<(PublicationOutcome | Refusal)[]> {
  const sentMs = databaseClock.now()
  const deadlineMs = databaseClock.deadlineMs(withinMs)
  const [found] = await pool.as('store publications').query(
    (sql, { idempotencyKeys, pendingNotifications, ...tables }) => sql<Judged[]>`
      with ${moment(sql, deadlineMs)}, given as materialized (
        select * from jsonb_to_recordset(${sql.json(drafts.map(toColumns))}) as given (
          place int, id uuid, given_id text, key text, client_id text, subject text, body text, content_type text,
          encoding text, correlation_id text, sent_at_ms float8, expires_at_ms float8, ttl_seconds int, trace text,
          receipt_to text, awaited_at uuid
        )
        limit ${drafts.length}
      ), known as materialized (
        select given.place, notification_id = given.id as is_own
        from given
        cross join lateral (
          select notification_id, created_at from ${idempotencyKeys}
          where registration_id = ${ofPublishers} and idempotency_keys.key = given.key
          offset 0
        ) as remembered
        where created_at > now() - make_interval(hours => ${rememberedHours})
          or exists (select from ${pendingNotifications} where pending_notifications.id = notification_id offset 0)
      ), asked as materialized (
        select *, row_number() over (partition by client_id order by place) as rank
        from given
        where (select "inTime" from moment) and place not in (select place from known)
      ), welcome as materialized (
        select * from asked
        where ${hasRoom(sql, { pendingNotifications }, { clientId: sql`asked.client_id`, rank: sql`asked.rank` }, cap)}
      ), claimed as (
        insert into ${idempotencyKeys} (registration_id, key, notification_id)
        select ${ofPublishers}::uuid, key, id from welcome where key is not null order by key
        on conflict (registration_id, key) do update
          set notification_id = excluded.notification_id, created_at = excluded.created_at
          where idempotency_keys.created_at <= now() - make_interval(hours => ${rememberedHours})
        returning key
      ), fresh as materialized (
        select * from welcome where key is null or key in (select key from claimed)
      ), stored as (
        insert into ${pendingNotifications}
          (
            id, given_id, client_id, subject, body, content_type, encoding, correlation_id, sent_at, delivery_count,
            expires_at, sender_expires, trace, receipt_to, awaited_at
          )
        select
          id, given_id, client_id, subject, decode(body, 'base64'), content_type, encoding, correlation_id,
          to_timestamp(sent_at_ms / 1000), ${firstCount(sql, tables, sql`fresh.client_id`)},
          least(
            to_timestamp(expires_at_ms / 1000), now() + make_interval(secs => least(ttl_seconds, ${pendingTtlSeconds}::int))
          ),
          expires_at_ms is not null or ttl_seconds is not null, trace, receipt_to, awaited_at
        from fresh
        order by place
        on conflict (id) do nothing
      )
      select
        (
          select coalesce(jsonb_agg(place), '[]')
          from (
            select place from known where not is_own
            union all
            select place from welcome where place not in (select place from fresh)
          ) as repeated
        ) as duplicates,
        (
          select coalesce(jsonb_agg(place), '[]')
          from given
          where place not in (select place from known union all select place from welcome)
        ) as full,
        ${ms(sql, sql`now()`)} as "storedAtMs",
        moment.*
      from moment`,
    withinMs,
  )
  if (found === undefined) throw new Error('the statement returns one row')
  const [duplicates, full] = [new Set(found.duplicates), new Set(found.full)]
  const late = databaseClock.note(found, sentMs)
  const createdAtMs = Number(found.storedAtMs)
  return drafts.map(({ id, publication, bytes, encoding, sentAtMs, expiresAtMs: saidMs }, place) => {
    const { id: givenId, addressee: clientId, subject, contentType, correlationId, trace = null } = publication
    const [receiptTo, awaitedAt] = [receiptColumn(publication), publication.receipt?.awaitedAt ?? null]
    if (duplicates.has(place)) return { kind: 'duplicate', id: givenId ?? id }
    if (late !== null) return late
    if (full.has(place)) return { kind: 'full' }
    const { ttlSeconds } = publication
    const waitMs = Math.min(ttlSeconds ?? pendingTtlSeconds, pendingTtlSeconds) * 1_000
    const isSaid = saidMs !== null || ttlSeconds !== null
    const expiresAtMs = isSaid ? Math.min(saidMs ?? Number.POSITIVE_INFINITY, createdAtMs + waitMs) : null
    const times = { deliveryCount: 1, createdAtMs, sentAtMs, expiresAtMs }
    const asked = { trace, receiptTo, awaitedAt }
    const row = { id, givenId, clientId, subject, contentType, encoding, correlationId, ...asked, ...times }
    // Text is stored as the same text, except for half a surrogate pair, which UTF-8 cannot write.
    const isSame = publication.encoding === null && publication.body.isWellFormed()
    const body = isSame ? publication.body : bytes.toString(encoding ?? 'utf8')
    return { kind: 'stored', row: pendingRow(row, body) }
  })
}

/** Returns the values of a row, which PostgreSQL reads from JSON; absent members are null. */
function toColumns(
  { id, publication, key, bytes, encoding, sentAtMs, expiresAtMs }: Draft,
  place: number,
): Record<string, string | number | undefined> {
  const { id: givenId, addressee, subject, contentType, correlationId, ttlSeconds, trace } = publication
  return {
    place,
    id,
    given_id: givenId ?? undefined,
    key: key ?? undefined,
    client_id: addressee,
    subject,
    body: bytes.toString('base64'),
    // Half a surrogate pair is the one text that JSON can carry and PostgreSQL cannot.
    content_type: contentType?.toWellFormed(),
    encoding: encoding ?? undefined,
    correlation_id: correlationId ?? undefined,
    sent_at_ms: sentAtMs ?? undefined,
    expires_at_ms: expiresAtMs ?? undefined,
    ttl_seconds: ttlSeconds ?? undefined,
    trace: trace ?? undefined,
    receipt_to: receiptColumn(publication) ?? undefined,
    awaited_at: publication.receipt?.awaitedAt ?? undefined,
  }
}

/** Returns the column `receipt_to`. */
export function receiptColumn({ receipt }: Pick<Publication, 'receipt'>): string | null {
  return receipt ? (receipt.to ?? '') : null
}

/** Returns a hash of the pair; different pairs have different hashes, since neither part has a line break. */
function keyOf(addressee: string, givenId: string): string {
  return hash('sha256', `${addressee}\n${givenId}`, 'base64url')
}
