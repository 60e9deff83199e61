import { Refusal } from '../delivery/refusal.ts'

/** The refusal of what is for a client that does not fetch: it takes a while until there is room again. */
export function addresseeFull(): Refusal {
  const message = 'As many notifications are pending for this client as there may be'
  return new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds: 60 })
}
