import type { Pool } from './pool.ts'
import { ms } from './sql-parts.ts'
import { ofPublishers, rememberedHours } from './storing-parts.ts'

/** A pending notification that expired before its client fetched it. */
export interface Expired {
  readonly id: string
  readonly clientId: string
  readonly subject: string
  readonly createdAt: Date
}

/** The rows that one call has removed. */
export interface Purged {
  readonly expired: readonly Expired[]
  readonly keys: number
  readonly registrations: number
  readonly tickets: number
}

/** How long a callback URL answers 410 after its expiry; then it answers 404, like any unknown URL. */
const goneDays = 7

/**
 * Removes rows that are over: expired pending notifications, keys that need not be remembered any more (that of a
 * publisher's id stays while its notification is pending), registrations that ended long ago, unused tickets. Removes at
 * most `limit` of each, so that a call stays short; when it has removed as many, there may be more. Rows that another
 * instance is removing at the same moment are left to it.
 */
export async function purge(pool: Pool, limit: number): Promise<Purged> {
  const [found] = await pool.as('purge').query(
    (sql, { pendingNotifications, idempotencyKeys, registrations, tickets }) => sql<
      {
        expired: (Omit<Expired, 'createdAt'> & { createdAtMs: number })[]
        keys: number
        registrations: number
        tickets: number
      }[]
    >`
      with expired as (
        delete from ${pendingNotifications} where id in (
          select id from ${pendingNotifications} where expires_at <= now() limit ${limit} for update skip locked
        )
        returning id, client_id, subject, created_at
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
          'id', id, 'clientId', client_id, 'subject', subject, 'createdAtMs', ${ms(sql, sql`created_at`)}
        ) order by created_at), '[]') from expired) as expired,
        (select count(*)::int from old) as keys,
        (select count(*)::int from ended) as registrations,
        (select count(*)::int from unused) as tickets`,
  )
  const { expired = [], keys = 0, registrations = 0, tickets = 0 } = found ?? {}
  return {
    expired: expired.map(({ createdAtMs, ...row }) => ({ ...row, createdAt: new Date(createdAtMs) })),
    keys,
    registrations,
    tickets,
  }
}
