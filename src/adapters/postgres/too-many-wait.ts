import { Refusal } from '../../delivery/refusal.ts'

/** Spread over this, clients that were refused together do not come back together. */
const maxRetryAfterSeconds = 5

/** Returns the refusal of a statement, or of a row of a statement, that would be one too many in its line. */
export function tooManyWait(): Refusal {
  const retryAfterSeconds = 1 + Math.floor(Math.random() * maxRetryAfterSeconds)
  return new Refusal('ERROR_OVERLOADED', { retryAfterSeconds, cause: new Error('too many statements wait') })
}
