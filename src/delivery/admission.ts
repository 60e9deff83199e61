import type { Bounds } from './bounds.ts'
import { Refusal } from './refusal.ts'

/** Seconds after which a client that was refused for want of room may try again. */
const retryAfterSeconds = 5

/** Why one more poll of a client is not held; null when it is. Held ones are never given up for a new one. */
export function refuseToHold(facts: {
  readonly draining: boolean
  readonly heldPolls: number
  readonly pollsOfClient: number
  readonly bounds: Bounds
}): Refusal | null {
  const { draining, heldPolls, pollsOfClient, bounds } = facts
  if (draining) return new Refusal('ERROR_DRAINING')
  if (heldPolls >= bounds.maxHeldPolls) {
    const message = 'This instance holds as many polls as it can'
    return new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds })
  }
  if (pollsOfClient >= bounds.maxPollsPerClient) {
    const message = `A client may hold ${bounds.maxPollsPerClient} polls at once`
    return new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds })
  }
  return null
}
