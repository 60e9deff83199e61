import type { Tickets } from '../../delivery/intake/tickets.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { RedeemTicket } from './authenticate.ts'

/** The operations that take a ticket need no scope. */
const noScopes: ReadonlySet<string> = new Set()

/** Exchanges a ticket for the claims of its token. A refusal does not say why. */
export function ticketRedeemer(tickets: Tickets, now: () => number): RedeemTicket {
  return async (ticket) => {
    const holder = await tickets.redeem(ticket)
    if (holder === null || holder.expiresAtMs <= now()) {
      const message = 'The ticket is not known, has expired or was used before'
      throw new Refusal('ERROR_INVALID_JWT', { message })
    }
    return { ...holder, scopes: noScopes }
  }
}
