import { Refusal } from '../../delivery/refusal.ts'

/** A request without any token: answered with a plain challenge, which tells the client to bring one (RFC 6750, 3.1). */
export class NoTokenGiven extends Refusal {
  constructor() {
    super('ERROR_INVALID_JWT')
  }
}

/** A token whose claims are not accepted here, with a sentence on which of them. */
export function notProcessable(message: string, cause?: unknown): Refusal {
  return new Refusal('ERROR_TOKEN_PROCESSABLE', { message, cause })
}
