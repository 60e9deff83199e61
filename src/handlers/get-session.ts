import type { Handler } from '../contract/operations.ts'
import { isClientId } from '../delivery/notification.ts'
import type { FindSession } from '../delivery/ports.ts'
import { Refusal } from '../delivery/refusal.ts'

/** Returns the session of a client and the queue that reaches it. */
export function getSession({ findSession }: { findSession: FindSession }): Handler<'getSession'> {
  return async ({ path: { clientId } }) => {
    if (!isClientId(clientId)) {
      const message = 'clientId must have 1 to 512 characters and no control characters'
      throw new Refusal('ERROR_INVALID_ARGUMENT', { message })
    }
    return { status: 200, body: await findSession(clientId) }
  }
}
