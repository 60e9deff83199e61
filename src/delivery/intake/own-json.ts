import type { Recognised } from './draft.ts'
import type { Members } from './json-members.ts'

/**
 * Reads a message whose body is the body of `POST /notifications`: `addressee` and either `body`, a text, or `data`, any
 * JSON. A member that is null counts as absent, and members that are not known are ignored.
 */
export function readOwnJson(members: Members): Recognised {
  if (members.kind !== 'object' || !Object.hasOwn(members.value, 'addressee')) return { kind: 'other' }
  const { value, textOf } = members
  const read = (name: string) => (Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined)
  const [body, hasData] = [read('body'), read('data') !== undefined]
  const shared = {
    addressee: read('addressee'),
    subject: read('subject'),
    id: read('id'),
    correlationId: read('correlationId'),
    receipt: { receipt: read('receipt'), receiptTo: read('receiptTo') },
    expiries: [{ expiresAt: read('expiresAt'), ttlSeconds: read('ttlSeconds') }],
  }
  if (body !== undefined && hasData) return invalid('the body has both a member body and a member data')
  if (typeof body === 'string') {
    return { kind: 'draft', draft: { ...shared, contentType: read('contentType'), body } }
  }
  if (body !== undefined) return invalid('the member body is not a text')
  if (!hasData) return invalid('the body has neither a member body nor a member data')
  const contentType = read('contentType') ?? 'application/json'
  return { kind: 'draft', draft: { ...shared, contentType, body: textOf('data') ?? '' } }
}

function invalid(reason: string): Recognised {
  return { kind: 'invalid', reason }
}
