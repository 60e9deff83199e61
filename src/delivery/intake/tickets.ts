/** The client that a ticket stands for. */
export interface TicketHolder {
  readonly clientId: string
  /** When the token ends that the ticket was given for: milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** Tickets stand for a token for a moment, where a client cannot send a header. */
export interface Tickets {
  /** Resolves with a new ticket. Rejects with a `Refusal` when none can be given. */
  issue(holder: TicketHolder, ttlSeconds: number): Promise<string>
  /** Uses the ticket up; null when it is unknown, has expired, or was used. Rejects when that cannot be known. */
  redeem(ticket: string): Promise<TicketHolder | null>
}
