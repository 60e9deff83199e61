import type { Handler } from '../contract/operations.ts'
import { isClientId, isReference } from '../delivery/notification.ts'
import type { FindReceipt } from '../delivery/receipt.ts'
import { Refusal } from '../delivery/refusal.ts'

/** Returns what is known of a notification to its sender. */
export function getReceipt({ findReceipt }: { findReceipt: FindReceipt }): Handler<'getReceipt'> {
  return async ({ path: { addressee, id } }) => {
    if (!isClientId(addressee)) throw notAllowed('addressee must have 1 to 512 characters and no control characters')
    if (!isReference(id)) throw notAllowed('id must have 1 to 256 characters and no control characters')
    const receipt = await findReceipt(addressee, id)
    if (receipt === null) throw new Refusal('ERROR_NOT_FOUND')
    const { since, by, ...members } = receipt
    return { status: 200, body: { ...members, since: since.toISOString(), ...(by === null ? {} : { by }) } }
  }
}

function notAllowed(message: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
