/** Whose ticket it is. */
export interface TicketHolder {
  readonly clientId: string
  /** When the token ends that it was given for: milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** Stands for a token for a moment, where no header can be sent. */
export interface Tickets {
  /** A new ticket. Rejects with a `Refusal` when there is none to be had. */
  issue(holder: TicketHolder, ttlSeconds: number): Promise<string>
  /** Uses the ticket up; null when it is not known, has expired, or was used. Rejects when that cannot be told. */
  redeem(ticket: string): Promise<TicketHolder | null>
}
