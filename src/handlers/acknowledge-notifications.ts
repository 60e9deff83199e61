import type { Handler } from '../contract/operations.ts'
import type { Acknowledgements } from '../delivery/peers/acknowledgements.ts'

interface Needs {
  readonly acknowledgements: Acknowledgements
}

/** Acknowledges notifications. Unknown ids are listed in the reply; an unknown cursor acknowledges nothing. */
export function acknowledgeNotifications({ acknowledgements }: Needs): Handler<'acknowledgeNotifications'> {
  return async ({ body }, { clientId }) => {
    const { cursor, ids } = body
    if (typeof cursor === 'string') {
      return { status: 200, body: { acknowledged: await acknowledgements.byCursor(clientId, cursor), unknown: [] } }
    }
    return { status: 200, body: await acknowledgements.byIds(clientId, new Set(ids)) }
  }
}
