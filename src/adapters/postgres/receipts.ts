import type { NamedNotification } from '../../delivery/intake/acknowledgement-waits.ts'
import type { FindReceipt, Receipt } from '../../delivery/receipt.ts'
import type { Sql } from './connection.ts'
import type { Pool } from './pool.ts'
import { type Fragment, ms, type Tables } from './sql-parts.ts'

/** A day. */
export const defaultReceiptTtlSeconds = 86_400

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
  order by key, created_at desc
  on conflict (key) do update set
    state = excluded.state, acknowledged_by = excluded.acknowledged_by, since = excluded.since,
    delivery_count = excluded.delivery_count, receipt_to = excluded.receipt_to, send_at = excluded.send_at, attempts = 0,
    expires_at = excluded.expires_at`

type Row = Omit<Receipt, 'since'> & { readonly sinceMs: string }

export interface PostgresReceipts {
  readonly find: FindReceipt
  /** Returns those of these notifications that are acknowledged. Rejects with a `Refusal` when that is not known. */
  acknowledgedAmong(named: readonly NamedNotification[]): Promise<readonly NamedNotification[]>
}

/** The receipts of notifications: of those that are stored, and of those that have ended and whose senders asked. */
export function createReceipts({ pool }: { readonly pool: Pool }): PostgresReceipts {
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
              case
                when expires_at <= now() then 'expired' when handed_over_at is null then 'pending' else 'handed-over'
              end as state,
              case when expires_at <= now() then expires_at else coalesce(handed_over_at, created_at) end as since
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

    acknowledgedAmong: (named) =>
      pool.as('find acknowledged').query(
        (sql, { receipts }) => sql<NamedNotification[]>`
          select client_id as addressee, notification_id as id
          from ${receipts}
          where state = 'acknowledged' and key in (
            select ${receiptKey(sql, sql`addressee`, sql`id`)}
            from jsonb_to_recordset(${sql.json(named.map(({ addressee, id }) => ({ addressee, id })))})
              as asked (addressee text, id text)
          )`,
      ),
  }
}
