import { randomUUID } from 'node:crypto'
import type { Registration, Registrations } from '../../delivery/intake/callbacks.ts'
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

/** The registrations table. All times are the database's. */
export function createRegistrations({ pool }: { readonly pool: Pool }): Registrations {
  // One at a time per client: concurrent statements would not see each other, and exceed the bound together.
  const perClient = new PerKeyQueue()

  return {
    newCallbackId: () => randomUUID(),
    isCallbackId: (text) => uuid.test(text),

    create({ clientId, digest, subject, correlationId, ttlSeconds, maxUses }) {
      return perClient.run(clientId, async () => {
        const [created] = await pool.query(
          (sql, { registrations }) => sql<Row[]>`
            insert into ${registrations} (id, callback_hash, client_id, subject, correlation_id, max_uses, expires_at)
            select
              ${randomUUID()}::uuid, decode(${digest}, 'hex'), ${clientId}::text, ${subject}::text,
              ${correlationId}::text, ${maxUses}::int, now() + make_interval(secs => ${ttlSeconds}::int)
            where (select count(*) from ${registrations} where client_id = ${clientId} and ${isLive(sql)}) < ${maxLive}
            returning ${columns(sql)}`,
        )
        return created ? toRegistration(created) : null
      })
    },

    async list(clientId) {
      const rows = await pool.query(
        (sql, { registrations }) => sql<Row[]>`
          select ${columns(sql)} from ${registrations}
          where client_id = ${clientId} and ${isLive(sql)}
          order by created_at, id`,
      )
      return rows.map(toRegistration)
    },

    async revoke(clientId, id) {
      const revoked = await pool.query(
        (sql, { registrations }) => sql`
          update ${registrations} set revoked_at = now()
          where id = ${id} and client_id = ${clientId} and revoked_at is null
          returning id`,
      )
      return revoked.length === 1
    },
  }
}
