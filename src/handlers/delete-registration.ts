import type { Handler } from '../contract/operations.ts'
import type { Registrations } from '../delivery/intake/callbacks.ts'
import { Refusal } from '../delivery/refusal.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Revokes a registration of the client. An id that is not a UUID is answered like an unknown id. */
export function deleteRegistration({
  registrations,
}: {
  registrations: Pick<Registrations, 'revoke'>
}): Handler<'deleteRegistration'> {
  return async ({ path: { id } }, { clientId }) => {
    if (!uuid.test(id) || !(await registrations.revoke(clientId, id))) throw new Refusal('ERROR_NOT_FOUND')
    return { status: 204 }
  }
}
