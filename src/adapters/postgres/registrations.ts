import { randomUUID } from 'node:crypto'
import type { Registration, Registrations } from '../../delivery/intake/callbacks.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { systemClock } from '../clock.ts'
import type { Sql } from './connection.ts'
import { PerKeyQueue } from './per-key-queue.ts'
import type { Pool } from './pool.ts'
import { ms } from './sql-parts.ts'

/** The maximum of live registrations of a client: more tasks than it waits for at once. */
const maxLive = 100

type Row = Omit<Registration, 'createdAt' | 'expiresAt'> & Readonly<Record<'createdAtMs' | 'expiresAtMs', string>>

const columns = (sql: Sql) => sql`
  id, subject, correlation_id as "correlationId", ${ms(sql, sql`created_at`)} as "createdAtMs",
  ${ms(sql, sql`expires_at`)} as "expiresAtMs", max_uses as "maxUses", uses`

function toRegistration({ createdAtMs, expiresAtMs, ...row }: Row): Registration {
  return { ...row, createdAt: new Date(Number(createdAtMs)), expiresAt: new Date(Number(expiresAtMs)) }
}

const isLive = (sql: Sql) => sql`revoked_at is null and expires_at > now() and (max_uses = 0 or uses < max_uses)`

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The maximum of a client's ended registrations, beside those whose keys are still remembered: a URL answers 410 for days
 * after its end, but a client that makes and revokes registrations in a loop must not fill the table.
 */
const maxEnded = 100
/** A client that already has more than these loses them in steps, so that each statement stays short. */
const maxRemovedAtOnce = 200
/** The maximum of a client's calls in flight: as many as it may register at once, and as many others. */
const maxCallsPerClient = 200
/** A call that has waited this long behind others of its client is refused; in an outage each of them takes seconds. */
const maxWaitMs = 3_000

/** The registrations table. All times are the database's. */
export function createRegistrations({ pool }: { readonly pool: Pool }): Registrations {
  // One at a time per client: concurrent statements would not see each other, and exceed the bound together. And however
  // many calls a client makes, they take one connection.
  const perClient = new PerKeyQueue(maxCallsPerClient)
  const inTurn = <T>(clientId: string, work: () => Promise<T>): Promise<T> => {
    const calledAt = systemClock.now()
    return perClient.run(clientId, async () => {
      if (systemClock.now() - calledAt > maxWaitMs) throw new Refusal('ERROR_DB_UNEXPECTED_ERROR')
      return work()
    })
  }

  return {
    newCallbackId: () => randomUUID(),
    isCallbackId: (text) => uuid.test(text),

    create({ clientId, digest, subject, correlationId, ttlSeconds, maxUses, forward, ...outcome }) {
      const { receiptTo = null, notificationTtlSeconds = null } = outcome
      return inTurn(clientId, async () => {
        const [created] = await pool.as('create registration').query(
          (sql, { registrations, idempotencyKeys }) => sql<Row[]>`
            with surplus as materialized (
              select id from ${registrations}
              where client_id = ${clientId} and not (${isLive(sql)})
                and not exists (select from ${idempotencyKeys} where registration_id = registrations.id)
              order by created_at desc
              offset ${maxEnded} limit ${maxRemovedAtOnce}
            ), removed as (
              delete from ${registrations} where id in (select id from surplus)
            )
            insert into ${registrations}
              (
                id, callback_hash, client_id, subject, correlation_id, max_uses, forward, receipt_to,
                notification_ttl_seconds, expires_at
              )
            select
              ${randomUUID()}::uuid, decode(${digest}, 'hex'), ${clientId}::text, ${subject}::text,
              ${correlationId}::text, ${maxUses}::int, ${forward}::text, ${receiptTo}::text,
              ${notificationTtlSeconds}::int,
              now() + make_interval(secs => ${ttlSeconds}::int)
            where (select count(*) from ${registrations} where client_id = ${clientId} and ${isLive(sql)}) < ${maxLive}
            returning ${columns(sql)}`,
        )
        if (created === undefined) return null
        pool.secrets.learn(digest)
        return toRegistration(created)
      })
    },

    list(clientId) {
      return inTurn(clientId, async () => {
        const rows = await pool.as('list registrations').query(
          (sql, { registrations }) => sql<Row[]>`
            select ${columns(sql)} from ${registrations}
            where client_id = ${clientId} and ${isLive(sql)}
            order by created_at, id`,
        )
        return rows.map(toRegistration)
      })
    },

    revoke(clientId, id) {
      return inTurn(clientId, async () => {
        const revoked = await pool.as('revoke registration').query(
          (sql, { registrations }) => sql`
            update ${registrations} set revoked_at = now()
            where id = ${id} and client_id = ${clientId} and revoked_at is null
            returning id`,
        )
        return revoked.length === 1
      })
    },
  }
}
