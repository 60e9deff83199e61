import type { Tickets } from '../../delivery/intake/tickets.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { RedeemTicket } from './authenticate.ts'

/** What a ticket may be used for asks for no scope. */
const noScopes: ReadonlySet<string> = new Set()

/** Takes tickets for tokens: all that is said of one that is not accepted is that. */
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
