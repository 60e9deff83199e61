import type { Handler } from '../contract/operations.ts'
import type { Registrations } from '../delivery/intake/callbacks.ts'

/** Lists the live registrations of the client. */
export function listRegistrations({
  registrations,
}: {
  registrations: Pick<Registrations, 'list'>
}): Handler<'listRegistrations'> {
  return async (_input, { clientId }) => {
    const live = await registrations.list(clientId)
    const written = live.map(({ createdAt, expiresAt, ...rest }) => ({
      ...rest,
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    }))
    return { status: 200, body: { registrations: written } }
  }
}
