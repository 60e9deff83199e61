import { createHash } from 'node:crypto'
import { sealer } from '../../adapters/sealed-token.ts'
import type { Tickets } from '../../delivery/intake/tickets.ts'
import { RecentKeys } from '../../delivery/recent-keys.ts'
import { Refusal } from '../../delivery/refusal.ts'

const purpose = 'ticket'
/** Used tickets that are remembered: more than are used within the life of one. Some 2 MB. */
const maxUsed = 10_000

/**
 * Tickets that nobody stores: each says itself whose it is. That it was used is known to the instance that took it, and to
 * no other, so one that leaked within its half minute is good once at each.
 */
export function sealedTickets(secrets: readonly string[], now: () => number = Date.now): Tickets {
  if (secrets.length === 0) {
    return {
      async issue() {
        throw new Refusal('ERROR_NOT_IMPLEMENTED', { message: 'Tickets need CALLBACK_SECRET in mode 2' })
      },
      redeem: async () => null,
    }
  }
  const { seal, open } = sealer(secrets)
  const used = new RecentKeys({ maxKeys: maxUsed })
  return {
    async issue({ clientId, expiresAtMs }, ttlSeconds) {
      return seal(purpose, { clientId, expiresAtMs }, now() + ttlSeconds * 1000)
    },

    async redeem(ticket) {
      const opened = open(purpose, ticket)
      if (opened === null || opened.expiresAtMs <= now()) return null
      const digest = createHash('sha256').update(ticket).digest('base64url')
      if (used.has(digest)) return null
      used.add(digest)
      const { clientId, expiresAtMs } = opened.payload as { clientId: string; expiresAtMs: number }
      return { clientId, expiresAtMs }
    },
  }
}
