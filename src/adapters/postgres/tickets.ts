import { createHash, randomBytes } from 'node:crypto'
import type { Tickets } from '../../delivery/intake/tickets.ts'
import type { Pool } from './pool.ts'
import { ms } from './sql-parts.ts'

const ticketBytes = 32
/** The form of a ticket; other texts are not looked up. */
const form = /^[A-Za-z0-9_-]{43}$/

/** The tickets table: a ticket is valid at every instance, and used up by the deletion of its row. */
export function createTickets({ pool }: { readonly pool: Pool }): Tickets {
  return {
    async issue({ clientId, expiresAtMs }, ttlSeconds) {
      const ticket = randomBytes(ticketBytes).toString('base64url')
      const hash = hashOf(ticket)
      await pool.as('issue ticket').query(
        (sql, { tickets }) => sql`
          insert into ${tickets} (ticket_hash, client_id, token_expires_at, expires_at)
          values (
            decode(${hash}, 'hex'), ${clientId}, to_timestamp(${expiresAtMs / 1000}::float8),
            now() + make_interval(secs => ${ttlSeconds}::int)
          )`,
      )
      pool.secrets.learn(hash)
      return ticket
    },

    async redeem(ticket) {
      if (!form.test(ticket)) return null
      const hash = hashOf(ticket)
      const rows = await pool.secrets.lookUp(
        hash,
        (queries) =>
          queries.as('redeem ticket').query(
            (sql, { tickets }) => sql<{ clientId: string; expiresAtMs: string; isLive: boolean }[]>`
              delete from ${tickets} where ticket_hash = decode(${hash}, 'hex')
              returning
                client_id as "clientId", ${ms(sql, sql`token_expires_at`)} as "expiresAtMs",
                expires_at > now() as "isLive"`,
          ),
        ({ length }) => length > 0,
      )
      // The ticket is used up: a repeat counts as a guess.
      pool.secrets.forget(hash)
      const [found] = rows
      return found?.isLive ? { clientId: found.clientId, expiresAtMs: Number(found.expiresAtMs) } : null
    },
  }
}

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex')
}
