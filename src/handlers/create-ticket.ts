import type { Handler } from '../contract/operations.ts'
import type { IntakeLimits } from '../delivery/intake/limits.ts'
import type { Tickets } from '../delivery/intake/tickets.ts'

/** Long enough to open a connection with it, and too short to find it in a log. */
const maxSeconds = 30

interface Needs {
  readonly tickets: Tickets
  readonly limits: IntakeLimits
  /** Milliseconds since the epoch, like the expiry of a token. */
  readonly now: () => number
}

/** Returns a ticket for the token of this request. The ticket expires with the token, if not before. */
export function createTicket({ tickets, limits, now }: Needs): Handler<'createTicket'> {
  return async (_input, { clientId, expiresAtMs }) => {
    limits.ticket(clientId)
    const expiresIn = Math.max(0, Math.min(maxSeconds, Math.floor((expiresAtMs - now()) / 1000)))
    return { status: 201, body: { ticket: await tickets.issue({ clientId, expiresAtMs }, expiresIn), expiresIn } }
  }
}
