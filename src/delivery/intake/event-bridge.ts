import { isYes } from './cloud-event.ts'
import type { Recognised } from './draft.ts'
import type { Members } from './json-members.ts'

/** Where senders put the addressee unless `EVENT_ADDRESSEE_POINTER` says otherwise. */
export const defaultAddresseePointer = '/detail/addressee'

/**
 * Reads an event of Amazon EventBridge (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
 * The addressee is the text at the JSON pointer (RFC 6901), the subject the `detail-type`, the body the compact `detail`.
 * Members of `detail` that are named as the attributes of a message say when it expires and who gets a receipt: others, such as
 * an `expiresAt`, are the sender's own and mean nothing here.
 */
export function readEventBridgeEvent(members: Members, addresseePointer: string): Recognised {
  if (members.kind !== 'object') return { kind: 'other' }
  const { value, textOf } = members
  if (!['detail-type', 'source', 'detail', 'id'].every((name) => Object.hasOwn(value, name))) return { kind: 'other' }
  const addressee = at(value, addresseePointer)
  const body = textOf('detail')
  if (body === null) return { kind: 'other' }
  const inDetail = (name: string) => at(value, `/detail/${name}`) ?? undefined
  return {
    kind: 'draft',
    draft: {
      addressee: addressee ?? undefined,
      subject: value['detail-type'],
      id: value.id,
      sentAt: value.time,
      body,
      contentType: 'application/json',
      expiries: [{ expiresAt: inDetail('expires-at'), ttlSeconds: inDetail('ttl-seconds') }],
      receipt: { receipt: isYes(inDetail('receipt')), receiptTo: inDetail('receipt-to') },
    },
  }
}

/** Returns the value at a JSON pointer; undefined where there is none. Inherited members are none. */
function at(value: unknown, pointer: string): unknown {
  let found = value
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}
