import type { Handler } from '../contract/operations.ts'
import type { Registrations } from '../delivery/intake/callbacks.ts'

/** Lists what the client has registered and is still good. */
export function listRegistrations({
  registrations,
}: {
  registrations: Pick<Registrations, 'list'>
}): Handler<'listRegistrations'> {
  return async (_input, { clientId }) => {
    const live = await registrations.list(clientId)
    const written = live.map((one) => ({
      ...one,
      createdAt: one.createdAt.toISOString(),
      expiresAt: one.expiresAt.toISOString(),
    }))
    return { status: 200, body: { registrations: written } }
  }
}
