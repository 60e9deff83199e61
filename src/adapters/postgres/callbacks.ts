import type { Callback, CallbackOutcome, Forward } from '../../delivery/intake/callbacks.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import type { Queries, Sql } from './connection.ts'
import { DatabaseClock } from './database-clock.ts'
import { MultiRowWrites } from './multi-row-writes.ts'
import { encodingOf, toPendingRow } from './pending-row.ts'
import { maxStrangersWaiting, maxWaiting, type Pool } from './pool.ts'
import { receiptColumn } from './publishing.ts'
import { newRowId } from './row-id.ts'
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

/** A callback that is to be stored under this id. */
interface Draft extends Hashed {
  readonly id: string
  readonly bytes: Buffer
  readonly encoding: 'base64' | null
}

/** A callback whose URL exists. */
interface Judged extends Moment {
  readonly place: number
  readonly clientId: string
  readonly subject: string
  readonly correlationId: string | null
  readonly forward: Forward
  readonly receiptTo: string | null
  /** After how many seconds it expires, as its registration says; null when that does not say. */
  readonly ttlSeconds: number | null
  /** Whether the registration accepts callbacks. */
  readonly open: boolean
  /** The notification that was stored with the key before; null when there is none. */
  readonly knownId: string | null
  readonly isStored: boolean
  readonly storedAtMs: string
}

/** Turns callbacks into pending notifications, many with one statement. */
export function createCallbacks({
  pool,
  clock,
  pendingTtlSeconds,
  cap = maxPending,
}: CallbacksOptions): StoredCallbacks {
  const { clients, strangers } = pool.secrets
  const databaseClock = new DatabaseClock(clock)
  const lineOf = (queries: Queries, max: number, identityOf: (draft: Draft) => string | null) => {
    const writes = new MultiRowWrites<Draft, CallbackOutcome>({
      ...{ clock, maxWaiting: max, identityOf },
      write: (drafts, withinMs) => judge({ queries, databaseClock, pendingTtlSeconds, cap }, drafts, withinMs),
      groupOf: ({ digest }) => digest,
      bytesOf: ({ bytes }) => bytes.length,
    })
    pool.countIn(writes)
    return writes
  }
  const ofClients = lineOf(clients, maxWaiting, keyOf)
  const ofStrangers = lineOf(strangers, maxStrangersWaiting, keyOf)
  // One at a time for each URL, so that each sees the uses that those before it have really taken.
  const oneByOne = lineOf(clients, maxWaiting, ({ digest }) => digest)
  return {
    async accept(callback) {
      const draft = draftOf(callback)
      const outcome = await pool.secrets.lookUp(
        callback.digest,
        (queries) => (queries === strangers ? ofStrangers : ofClients).write(draft),
        ({ kind }) => kind !== 'unknown',
      )
      // It may have been refused for others of its statement that were refused themselves.
      if (outcome.kind === 'full') return oneByOne.write(draft)
      // A callback may have waited for the lock while another one took the last use with the same key: its statement saw
      // the use, but not yet the key. A registration that is closed stays closed, so a key that exists is visible now.
      if (outcome.kind !== 'gone' || callback.idempotencyKey === null) return outcome
      return oneByOne.write(draft)
    },
  }
}

/** Repeats with one key are judged one after the other. */
function keyOf({ digest, idempotencyKey }: Draft): string | null {
  return idempotencyKey === null ? null : `${digest} ${idempotencyKey}`
}

function draftOf(callback: Hashed): Draft {
  const { body } = callback
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return { ...callback, id: newRowId(), bytes, encoding: encodingOf(bytes) }
}

const isFresh = (sql: Sql) => sql`was.created_at > now() - make_interval(hours => ${rememberedHours})`

/**
 * Locks the registrations, in the order of their hashes: statements about one URL run one after the other, and each
 * sees the uses counted before it, although they are newer than its own snapshot. Then the keys: `known` finds a key that
 * existed when the statement began, `claimed` a key that came since, because an upsert meets the newest row in any case.
 * Only the callback that claims the key counts a use and stores.
 *
 * The statement can be sent again when its outcome is unknown: a row or a key that is there with the id of
 * the draft is the draft's own.
 */
async function judge(
  { queries, pendingTtlSeconds, cap, databaseClock }: Needs,
  drafts: readonly Draft[],
  withinMs: number,
): Promise<(CallbackOutcome | Refusal)[]> {
  const sentMs = databaseClock.now()
  const deadlineMs = databaseClock.deadlineMs(withinMs)
  const found = await queries.as('store callbacks').query(
    (sql, { registrations, idempotencyKeys, pendingNotifications, ...tables }) => sql<Judged[]>`
      with ${moment(sql, deadlineMs)}, given as materialized (
        select * from jsonb_to_recordset(${sql.json(drafts.map(toColumns))}) as given (
          place int, id uuid, digest text, key text, body text, content_type text, encoding text, trace text,
          receipt_to text, awaited_at uuid
        )
        limit ${drafts.length}
      ), registration as materialized (
        select
          place, given.id as draft_id, key, body, content_type, encoding, trace,
          registrations.id, client_id, subject, correlation_id, forward, 
          coalesce(registrations.receipt_to, given.receipt_to) as receipt_to, notification_ttl_seconds, awaited_at,
          revoked_at is null and expires_at > now() and (max_uses = 0 or uses < max_uses) as open,
          case when max_uses = 0 then null else max_uses - uses end as uses_left
        from ${registrations}
        join given on callback_hash = decode(digest, 'hex')
        order by callback_hash, place
        for update of registrations
      ), own as materialized (
        select place from registration join ${pendingNotifications} on pending_notifications.id = draft_id
      ), known as materialized (
        select place, notification_id
        from ${idempotencyKeys} as was
        join registration on registration.id = was.registration_id and registration.key = was.key
        where ${isFresh(sql)}
      ), asked as materialized (
        select
          *, row_number() over (partition by client_id order by place) as rank,
          row_number() over (partition by id order by place) as use
        from registration
        where open and (select "inTime" from moment)
          and place not in (select place from known union all select place from own)
      ), welcome as materialized (
        select * from asked
        where (uses_left is null or use <= uses_left)
          and ${hasRoom(sql, { pendingNotifications }, { clientId: sql`asked.client_id`, rank: sql`asked.rank` }, cap)}
      ), claimed as (
        insert into ${idempotencyKeys} as was (registration_id, key, notification_id)
        select id, key, draft_id from welcome where key is not null
        on conflict (registration_id, key) do update set
          notification_id = case when ${isFresh(sql)} then was.notification_id else excluded.notification_id end,
          created_at = case when ${isFresh(sql)} then was.created_at else excluded.created_at end
        returning registration_id, key, notification_id
      ), fresh as materialized (
        select * from welcome where key is null or draft_id in (select notification_id from claimed)
      ), used as (
        update ${registrations} set uses = uses + taken.count
        from (select id, count(*)::int as count from fresh group by id) as taken
        where registrations.id = taken.id
      ), stored as (
        insert into ${pendingNotifications}
          (id, client_id, subject, body, content_type, encoding, correlation_id, delivery_count, expires_at,
          sender_expires, trace, receipt_to, awaited_at)
        select
          draft_id, client_id, subject, case forward when 'notice' then '' else decode(body, 'base64') end, content_type,
          case forward when 'notice' then null else encoding end, correlation_id,
          ${firstCount(sql, tables, sql`fresh.client_id`)},
          now() + make_interval(secs => least(notification_ttl_seconds, ${pendingTtlSeconds}::int)),
          notification_ttl_seconds is not null, trace, receipt_to, awaited_at
        from fresh
        order by place
      )
      select
        place, client_id as "clientId", subject, correlation_id as "correlationId", forward, receipt_to as "receiptTo",
        case when notification_ttl_seconds is not null then least(notification_ttl_seconds, ${pendingTtlSeconds}::int) end
          as "ttlSeconds",
        open,
        nullif(coalesce(known.notification_id, claimed.notification_id), draft_id) as "knownId",
        coalesce(known.notification_id = draft_id, false)
          or place in (select place from fresh union all select place from own) as "isStored",
        ${ms(sql, sql`now()`)} as "storedAtMs",
        moment.*
      from registration
      cross join moment
      left join known using (place)
      left join claimed on claimed.registration_id = registration.id and claimed.key = registration.key`,
    withinMs,
  )
  const [first] = found
  if (first === undefined) return drafts.map(() => ({ kind: 'unknown' }))
  const late = databaseClock.note(first, sentMs)
  const outcomes: (CallbackOutcome | Refusal)[] = drafts.map(() => ({ kind: 'unknown' }))
  for (const row of found) outcomes[row.place] = outcomeOf(drafts[row.place] as Draft, row, late)
  return outcomes
}

function outcomeOf(draft: Draft, row: Judged, late: Refusal | null): CallbackOutcome | Refusal {
  const { clientId, subject, correlationId, forward, receiptTo, ttlSeconds, open, knownId, isStored, storedAtMs } = row
  if (knownId !== null) return { kind: 'duplicate', id: knownId, addressee: clientId }
  if (!isStored) return !open ? { kind: 'gone' } : (late ?? { kind: 'full' })
  const { id, contentType, trace = null } = draft
  const awaitedAt = draft.receipt?.awaitedAt ?? null
  const sent =
    forward === 'notice' ? { body: Buffer.alloc(0), encoding: null } : { body: draft.bytes, encoding: draft.encoding }
  const stored = {
    ...{ id, givenId: null, clientId, subject, correlationId, contentType, trace, receiptTo, awaitedAt },
    ...sent,
  }
  const createdAtMs = Number(storedAtMs)
  const expiresAtMs = ttlSeconds === null ? null : createdAtMs + ttlSeconds * 1_000
  const times = { deliveryCount: 1, createdAtMs, sentAtMs: null, expiresAtMs }
  return { kind: 'stored', row: toPendingRow({ ...stored, ...times }) }
}

/** Returns the values of a callback, which PostgreSQL reads from JSON; absent members are null. */
function toColumns(
  { id, digest, idempotencyKey, bytes, contentType, encoding, trace, receipt }: Draft,
  place: number,
): Readonly<Record<string, string | number | undefined>> {
  return {
    ...{ place, id, digest, body: bytes.toString('base64') },
    key: idempotencyKey ?? undefined,
    content_type: contentType ?? undefined,
    encoding: encoding ?? undefined,
    trace: trace ?? undefined,
    receipt_to: receiptColumn({ receipt: receipt ?? null }) ?? undefined,
    awaited_at: receipt?.awaitedAt ?? undefined,
  }
}
