import type { Handler } from '../contract/operations.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'

/** Takes the client's word that it has what it was handed. What nobody knows here is named, never an error. */
export function acknowledgeNotifications({ mailboxes }: { mailboxes: Mailboxes }): Handler<'acknowledgeNotifications'> {
  return async ({ body }, { clientId }) => {
    if ('cursor' in body && body.cursor !== undefined) {
      return { status: 200, body: { acknowledged: mailboxes.acknowledgeCursor(clientId, body.cursor), unknown: [] } }
    }
    return { status: 200, body: mailboxes.acknowledgeIds(clientId, new Set('ids' in body ? body.ids : [])) }
  }
}
