import type { NamedNotification } from '../../delivery/intake/acknowledgement-waits.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { AcknowledgedBy, FindReceipt, Receipt, ReceiptState } from '../../delivery/receipt.ts'
import type { ReceiptOutcome } from '../../delivery/receipt-event.ts'
import type { Sql } from './connection.ts'
import { MultiRowWrites } from './multi-row-writes.ts'
import { maxWaiting, type Pool } from './pool.ts'
import { type Fragment, ms, type Tables } from './sql-parts.ts'
import { rememberedHours } from './storing-parts.ts'

/** A day. */
export const defaultReceiptTtlSeconds = 86_400

/** The longest pause before an event is sent again. */
const maxPauseSeconds = 300

/** The key of a receipt: addressee and id have no line break, so different pairs have different keys. */
export const receiptKey = (sql: Sql, clientId: Fragment, notificationId: Fragment) =>
  sql`sha256(convert_to(${clientId} || chr(10) || ${notificationId}, 'UTF8'))`

/** The columns of a receipt in the order of `keepReceipts`. */
const written = (sql: Sql) => sql`
  key, client_id, notification_id, state, acknowledged_by, since, delivery_count, receipt_to, send_at, expires_at`

/**
 * A statement that keeps the receipts of stored notifications that have just ended; to be used in the statement that removes
 * them, so that neither is there without the other. `ended` names rows of `pending_notifications`, with the columns `state`,
 * `acknowledged_by`, `since` and `final_count`.
 *
 * The first outcome of a notification wins: a message that was acknowledged and whose delete was lost may be stored later,
 * and expire. An outcome from before the notification was sent is that of an earlier one with the same id.
 */
export const keepReceipts = (sql: Sql, receipts: Tables['receipts'], ended: Fragment, ttlSeconds: number) => sql`
  insert into ${receipts} (${written(sql)})
  select distinct on (key)
    key, client_id, notification_id, state, acknowledged_by, since, final_count, nullif(receipt_to, ''),
    case when receipt_to <> '' then now() end, now() + make_interval(secs => ${ttlSeconds}::int)
  from (
    select *, ${receiptKey(sql, sql`client_id`, sql`coalesce(given_id, id::text)`)} as key,
      coalesce(given_id, id::text) as notification_id
    from ${ended}
    where receipt_to is not null
  ) as asked
  where not exists (
    select from ${receipts}
    where receipts.key = asked.key and receipts.state in ('acknowledged', 'expired')
      and receipts.expires_at > now() and receipts.since >= coalesce(asked.sent_at, asked.created_at)
      -- An id is remembered for so long: after that it names another notification, whatever its sender says of the time.
      and receipts.since > asked.created_at - make_interval(hours => ${rememberedHours})
  )
  order by key, created_at desc
  on conflict (key) do update set
    state = excluded.state, acknowledged_by = excluded.acknowledged_by, since = excluded.since,
    delivery_count = excluded.delivery_count, receipt_to = excluded.receipt_to, send_at = excluded.send_at, attempts = 0,
    expires_at = excluded.expires_at`

type Row = Omit<Receipt, 'since'> & { readonly sinceMs: string }

/** A state of a notification that came through a queue. */
export interface NotedState extends NamedNotification {
  readonly state: ReceiptState
  readonly by: AcknowledgedBy | null
  readonly deliveryCount: number
  /** The queue that gets the event of an end, by its name; null for none. */
  readonly to: string | null
}

/** An event that this instance is to send. */
export interface TakenEvent extends ReceiptOutcome {
  readonly key: string
  readonly attempts: number
  readonly to: string
}

export interface PostgresReceipts {
  /** Notes a state; an earlier one never replaces a later one. Rejects with a `Refusal` when that is not certain. */
  record(noted: NotedState): Promise<void>
  /** Takes the events for these queues that have waited longest; no other instance takes them for some seconds. */
  take(asked: { readonly names: readonly string[]; readonly limit: number }): Promise<TakenEvent[]>
  /** Notes that an event was sent. */
  sent(taken: Pick<TakenEvent, 'key' | 'attempts'>): Promise<void>
  readonly find: FindReceipt
  /** Returns those of these notifications that are acknowledged. Rejects with a `Refusal` when that is not known. */
  acknowledgedAmong(named: readonly NamedNotification[]): Promise<readonly NamedNotification[]>
}

/** The receipts of notifications: of those that are stored, and of those that have ended and whose senders asked. */
export function createReceipts({
  pool,
  clock,
  ttlSeconds = defaultReceiptTtlSeconds,
}: {
  readonly pool: Pool
  readonly clock: Clock
  readonly ttlSeconds?: number
}): PostgresReceipts {
  const notes = new MultiRowWrites<NotedState, void>({
    ...{ clock, maxWaiting },
    write: (noted, withinMs) => recordAll({ pool, ttlSeconds }, noted, withinMs),
    // The states of one notification are written one after the other.
    groupOf: nameOf,
    identityOf: nameOf,
    bytesOf: () => 0,
  })
  pool.countIn(notes)
  return {
    async find(addressee, id) {
      // A stored notification comes first: an earlier one may have had the same id.
      const [found] = await pool.as('find receipt').query(
        (sql, { pendingNotifications, receipts }) => sql<Row[]>`
          select
            notification_id as id, client_id as addressee, state, ${ms(sql, sql`since`)} as "sinceMs",
            delivery_count as "deliveryCount", acknowledged_by as by
          from (
            select
              1 as place, coalesce(given_id, id::text) as notification_id, client_id, delivery_count, null as acknowledged_by,
              -- A client that was handed it may still acknowledge it: then its end alone tells.
              case
                when handed_over_at is not null then 'handed-over' when expires_at <= now() then 'expired' else 'pending'
              end as state,
              case
                when handed_over_at is null and expires_at <= now() then expires_at
                else coalesce(handed_over_at, created_at)
              end as since
            from ${pendingNotifications}
            where client_id = ${addressee} and coalesce(given_id, id::text) = ${id}
              and (expires_at > now() or receipt_to is not null)
            union all
            select 2, notification_id, client_id, delivery_count, acknowledged_by, state, since
            from ${receipts}
            where key = ${receiptKey(sql, sql`${addressee}::text`, sql`${id}::text`)} and expires_at > now()
          ) as known
          order by place, since desc
          limit 1`,
      )
      if (found === undefined) return null
      const { sinceMs, ...receipt } = found
      return { ...receipt, since: new Date(Number(sinceMs)) }
    },

    record: (noted) => notes.write(noted),

    async take({ names, limit }) {
      const rows = await pool.as('take receipts').query(
        (sql, { receipts }) => sql<(Omit<TakenEvent, 'since'> & { readonly sinceMs: string })[]>`
          with due as materialized (
            -- Each queue by itself: the events of one that is away are many, and would be read for those of the others.
            select oldest.key
            from jsonb_array_elements_text(${sql.json(names)}) as asked (queue)
            cross join lateral (
              select key, send_at from ${receipts}
              where receipt_to = queue and send_at <= now()
              order by send_at
              limit ${limit}
              for update skip locked
            ) as oldest
            order by oldest.send_at
            limit ${limit}
          )
          update ${receipts} set
            attempts = receipts.attempts + 1,
            send_at = now() + make_interval(secs => least(${maxPauseSeconds}, 10 * power(2, least(attempts, 10))))
          from due
          where receipts.key = due.key
          returning
            encode(receipts.key, 'hex') as key, attempts, receipt_to as to, client_id as addressee, notification_id as id,
            state, ${ms(sql, sql`since`)} as "sinceMs", delivery_count as "deliveryCount", acknowledged_by as by`,
      )
      return rows.map(({ sinceMs, ...row }) => ({ ...row, since: new Date(Number(sinceMs)) }))
    },

    async sent({ key, attempts }) {
      // `attempts` tells this event from that of a later notification with the same id, whose count begins at zero.
      await pool.as('note receipt sent').query(
        (sql, { receipts }) => sql`
          update ${receipts} set send_at = null where key = decode(${key}, 'hex') and attempts = ${attempts}`,
      )
    },

    acknowledgedAmong: (named) =>
      pool.as('find acknowledged').query(
        // An id may be used again: while a notification of the id is stored, the receipt is that of an earlier one.
        (sql, { receipts, pendingNotifications }) => sql<NamedNotification[]>`
          select client_id as addressee, notification_id as id
          from ${receipts}
          where state = 'acknowledged' and expires_at > now() and key in (
            select ${receiptKey(sql, sql`addressee`, sql`id`)}
            from jsonb_to_recordset(${sql.json(named.map(({ addressee, id }) => ({ addressee, id })))})
              as asked (addressee text, id text)
          ) and not exists (
            select from ${pendingNotifications}
            where pending_notifications.client_id = receipts.client_id
              and coalesce(given_id, id::text) = notification_id
          )`,
      ),
  }
}

/** Whether the receipt that is there is the outcome of an earlier notification with the same id. */
const isEarlier = (sql: Sql) => sql`
  (
    receipts.state in ('acknowledged', 'expired')
    and (receipts.expires_at <= now() or receipts.since <= now() - make_interval(hours => ${rememberedHours}))
  )`

/** Different notifications have different names: neither part has a line break. */
function nameOf({ addressee, id }: NamedNotification): string {
  return `${addressee}\n${id}`
}

async function recordAll(
  { pool, ttlSeconds }: { readonly pool: Pool; readonly ttlSeconds: number },
  noted: readonly NotedState[],
  withinMs: number,
): Promise<undefined[]> {
  const given = noted.map(({ id, state, by, deliveryCount, addressee, to }) => ({
    ...{ client_id: addressee, notification_id: id, state, acknowledged_by: by },
    ...{ delivery_count: deliveryCount, receipt_to: to },
  }))
  await pool.as('record receipts').query(
    (sql, { receipts }) => sql`
      insert into ${receipts} (${written(sql)})
      select
        ${receiptKey(sql, sql`client_id`, sql`notification_id`)} as key, client_id, notification_id, state, acknowledged_by,
        now(), delivery_count, receipt_to,
        case when state in ('acknowledged', 'expired') and receipt_to is not null then now() end,
        now() + make_interval(secs => ${ttlSeconds}::int)
      from jsonb_to_recordset(${sql.json(given)}) as given (
        client_id text, notification_id text, state text, acknowledged_by text, delivery_count int, receipt_to text
      )
      -- Statements of two instances never wait for each other.
      order by key
      on conflict (key) do update set
        since = case when receipts.state = excluded.state and not ${isEarlier(sql)} then receipts.since else excluded.since end,
        state = excluded.state, acknowledged_by = excluded.acknowledged_by,
        delivery_count = case
          when ${isEarlier(sql)} then excluded.delivery_count
          else greatest(receipts.delivery_count, excluded.delivery_count)
        end,
        receipt_to = excluded.receipt_to, send_at = excluded.send_at, attempts = 0, expires_at = excluded.expires_at
      where receipts.state = 'pending' or (receipts.state = 'handed-over' and excluded.state <> 'pending')
        or ${isEarlier(sql)}`,
    withinMs,
  )
  return noted.map(() => undefined)
}
