import type { PendingRow } from '../../delivery/ports.ts'
import type { Sql } from './connection.ts'
import { type Columns, columns, readRow } from './pending-row.ts'
import type { Pool } from './pool.ts'
import { defaultReceiptTtlSeconds, keepReceipts, receiptKey } from './receipts.ts'
import { type Fragment, idsOf, ms } from './sql-parts.ts'
import { ofPublishers, rememberedHours } from './storing-parts.ts'

/** A pending notification that expired before its client fetched it. */
export interface Expired {
  readonly id: string
  readonly clientId: string
  readonly subject: string
  readonly createdAt: Date
  /** Whether its sender said when it expires. Otherwise it has waited for as long as notifications may. */
  readonly senderExpires: boolean
}

/** The rows that one call has removed. */
export interface Purged {
  readonly expired: readonly Expired[]
  readonly keys: number
  readonly registrations: number
  readonly tickets: number
  readonly receipts: number
  /** Of these receipts, those whose event could not be sent in all that time. */
  readonly unsent: number
  /** Whether there may be more to remove. */
  readonly more: boolean
}

interface PurgeOptions {
  /** How long expired notifications stay, so that leases on them end by themselves. */
  readonly afterSeconds?: number
  /** The only expired notifications that are removed, by their keys; all of them when absent. */
  readonly only?: readonly string[] | undefined
  readonly receiptTtlSeconds?: number
}

/** The rows of `expired` as `keepReceipts` reads them. */
const endedByExpiry = (sql: Sql): Fragment => sql`
  (
    select *, 'expired' as state, null as acknowledged_by, expires_at as since, delivery_count as final_count from expired
  ) as ended`

/** How long a callback URL answers 410 after its expiry; then it answers 404, like any unknown URL. */
const goneDays = 7

/**
 * Removes rows that are over: expired pending notifications, keys that need not be remembered any more (that of a
 * publisher's id stays while its notification is pending), registrations that ended long ago, unused tickets, old
 * receipts. An expired notification leaves a receipt when its sender asked for one. Removes at most `limit` of each, so that
 * a call stays short; when it has removed as many, there may be more. Rows that another instance is removing at the same
 * moment are left to it.
 *
 * An expired notification is removed `afterSeconds` later: an instance that read it before may hold a lease on it, which then
 * ends by an acknowledgement, or expired, and is counted there.
 */
export async function purge(
  pool: Pool,
  limit: number,
  { afterSeconds = 0, only, receiptTtlSeconds = defaultReceiptTtlSeconds }: PurgeOptions = {},
): Promise<Purged> {
  const [found] = await pool.as('purge').query(
    (sql, { pendingNotifications, idempotencyKeys, registrations, tickets, receipts }) => sql<
      {
        expired: (Omit<Expired, 'createdAt'> & { createdAtMs: number })[]
        keys: number
        registrations: number
        tickets: number
        receipts: number
        unsent: number
      }[]
    >`
      with expired as (
        delete from ${pendingNotifications} where id in (
          select id from ${pendingNotifications}
          where expires_at <= now() - make_interval(secs => ${afterSeconds}::int)
            ${only === undefined ? sql`` : sql`and id in (${idsOf(sql, only)})`}
          limit ${limit}
          for update skip locked
        )
        returning *
      ), kept as (
        ${keepReceipts(sql, receipts, endedByExpiry(sql), receiptTtlSeconds)}
      ), forgotten as (
        delete from ${receipts} where key in (
          select key from ${receipts}
          where expires_at <= now()
            and key not in (
              -- A row is written only once in a statement.
              select ${receiptKey(sql, sql`client_id`, sql`coalesce(given_id, id::text)`)} from expired
            )
          limit ${limit}
          for update skip locked
        )
        returning send_at
      ), old as (
        delete from ${idempotencyKeys} where (registration_id, key) in (
          select registration_id, key from ${idempotencyKeys}
          where created_at <= now() - make_interval(hours => ${rememberedHours})
            and not (
              registration_id = ${ofPublishers}
              and exists (select from ${pendingNotifications} where pending_notifications.id = notification_id)
            )
          limit ${limit}
          for update skip locked
        )
        returning 1
      ), ended as (
        delete from ${registrations} where id in (
          select id from ${registrations} where expires_at <= now() - make_interval(hours => ${24 * goneDays})
          limit ${limit}
          for update skip locked
        )
        returning 1
      ), unused as (
        delete from ${tickets} where ticket_hash in (
          select ticket_hash from ${tickets} where expires_at <= now() limit ${limit} for update skip locked
        )
        returning 1
      )
      select
        (select coalesce(jsonb_agg(jsonb_build_object(
          'id', id, 'clientId', client_id, 'subject', subject, 'createdAtMs', ${ms(sql, sql`created_at`)},
          'senderExpires', sender_expires
        ) order by created_at), '[]') from expired) as expired,
        (select count(*)::int from old) as keys,
        (select count(*)::int from ended) as registrations,
        (select count(*)::int from unused) as tickets,
        (select count(*)::int from forgotten) as receipts,
        (select count(send_at)::int from forgotten) as unsent`,
  )
  const { expired = [], keys = 0, registrations = 0, tickets = 0, receipts = 0, unsent = 0 } = found ?? {}
  return {
    expired: expired.map(({ createdAtMs, ...row }) => ({ ...row, createdAt: new Date(createdAtMs) })),
    keys,
    registrations,
    tickets,
    receipts,
    unsent,
    more: Math.max(expired.length, keys, registrations, tickets, receipts) === limit,
  }
}

interface ClaimOptions {
  /** The maximum of notifications. */
  readonly limit: number
  readonly afterSeconds: number
}

/** An instance has what it has claimed to itself for so long: longer than it takes to send a page. */
const claimSeconds = 120
/** The maximum of bytes of bodies that one call returns, but for a single larger one. */
const maxClaimBytes = 8 * 1_048_576

/**
 * Claims notifications that expired `afterSeconds` ago or earlier, as `purge` would remove them, those first that have waited
 * for longest. Each is returned to one instance alone, and again after two minutes unless it was removed.
 */
export async function claimExpired(pool: Pool, { limit, afterSeconds }: ClaimOptions): Promise<PendingRow[]> {
  const rows = await pool.as('claim expired').query(
    (sql, { pendingNotifications }) => sql<Columns[]>`
      with due as materialized (
        select id, expires_at, octet_length(body) as size from ${pendingNotifications}
        where expires_at <= now() - make_interval(secs => ${afterSeconds}::int)
          and (letter_until is null or letter_until <= now())
        order by expires_at
        limit ${limit}
        for update skip locked
      ), sized as materialized (
        select id, sum(size) over (order by expires_at, id) - size as before from due
      ), claimed as (
        update ${pendingNotifications} set letter_until = now() + make_interval(secs => ${claimSeconds})
        from sized
        where pending_notifications.id = sized.id and before < ${maxClaimBytes}
        returning pending_notifications.*
      )
      select ${columns(sql)} from claimed order by expires_at, id`,
  )
  return rows.map(readRow)
}
