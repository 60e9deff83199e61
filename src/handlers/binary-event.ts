import type { AnyBody } from '../contract/operations.ts'
import { type HashOf, isYes } from '../delivery/intake/cloud-event.ts'
import type { Recognised } from '../delivery/intake/draft.ts'
import { textOf } from '../delivery/notification.ts'

const attributeNames = [
  ...['specversion', 'id', 'source', 'type', 'time', 'addressee', 'correlationid'],
  ...['expirytime', 'expiresat', 'ttlseconds', 'receipt', 'receiptto'],
]

type Headers = Readonly<Record<string, unknown>>

/**
 * Reads a CloudEvent in binary form: its attributes are headers, and the body is its data (CloudEvents 1.0, HTTP protocol
 * binding, 3.1, https://github.com/cloudevents/spec). The attributes mean what they mean in structured form.
 */
export function readBinaryEvent(headers: Headers, { bytes, contentType }: AnyBody, hashOf: HashOf): Recognised {
  const attributes = new Map<string, string>()
  for (const name of attributeNames) {
    const value = headers[`ce-${name}`]
    if (typeof value !== 'string') continue
    const read = readHeader(value)
    if (read === null) return invalid(`the header ce-${name} is not encoded as CloudEvents say`)
    attributes.set(name, read)
  }
  if (attributes.get('specversion') !== '1.0') return invalid('the CloudEvent is not of specversion 1.0')
  const [id, source, type] = [attributes.get('id'), attributes.get('source'), attributes.get('type')]
  if (!id || !source || !type) return invalid('the CloudEvent has no id, source or type')
  const shared = {
    addressee: attributes.get('addressee'),
    subject: type,
    id: hashOf(source, id),
    sentAt: attributes.get('time'),
    correlationId: attributes.get('correlationid'),
    expiries: [
      { expiresAt: attributes.get('expirytime') },
      { expiresAt: attributes.get('expiresat'), ttlSeconds: attributes.get('ttlseconds') },
    ],
    receipt: { receipt: isYes(attributes.get('receipt')), receiptTo: attributes.get('receiptto') },
    contentType: contentType ?? undefined,
  }
  const text = textOf(bytes)
  if (text !== null) return { kind: 'draft', draft: { ...shared, body: text } }
  return { kind: 'draft', draft: { ...shared, body: Buffer.from(bytes).toString('base64'), encoding: 'base64' } }
}

/**
 * Returns the value of an attribute: quotes are removed, and percent-encoded characters are decoded. Null if malformed:
 * characters other than printable ASCII must be encoded, and Node would read their bytes as other characters.
 */
function readHeader(value: string): string | null {
  if (!/^[\x20-\x7e]*$/.test(value)) return null
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1]
  const plain = quoted === undefined ? value : quoted.replaceAll(/\\(.)/g, '$1')
  try {
    return decodeURIComponent(plain)
  } catch {
    return null
  }
}

function invalid(reason: string): Recognised {
  return { kind: 'invalid', reason }
}
