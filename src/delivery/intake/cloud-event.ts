import { readTraceContext } from '../trace-context.ts'
import { isBase64, type Recognised } from './draft.ts'
import type { Members } from './json-members.ts'

/** A hash of the pair; different pairs have different hashes. */
export type HashOf = (source: string, id: string) => string

/**
 * Reads a CloudEvent in structured JSON (CloudEvents 1.0, https://github.com/cloudevents/spec, JSON format 1.0). The
 * addressee is its extension attribute `addressee`, the subject its `type`; `source` and `id` together identify it, so
 * the id of the notification is a hash of the two.
 */
export function readCloudEvent(members: Members, hashOf: HashOf): Recognised {
  if (members.kind !== 'object' || !Object.hasOwn(members.value, 'specversion')) return { kind: 'other' }
  const { value, textOf } = members
  const read = (name: string) => (Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined)
  if (read('specversion') !== '1.0') return invalid('the CloudEvent is not of specversion 1.0')
  const [id, source, type] = [read('id'), read('source'), read('type')]
  if (!isText(id) || !isText(source) || !isText(type)) {
    return invalid('the CloudEvent has no id, source or type')
  }
  const [data, base64] = [read('data'), read('data_base64')]
  if (data !== undefined && base64 !== undefined) return invalid('the CloudEvent has both data and data_base64')
  const shared = {
    addressee: read('addressee'),
    subject: type,
    id: hashOf(source, id),
    sentAt: read('time'),
    correlationId: read('correlationid'),
    contentType: read('datacontenttype'),
    // The first is the documented extension of CloudEvents, the others are named as the members of a publication.
    expiries: [{ expiresAt: read('expirytime') }, { expiresAt: read('expiresat'), ttlSeconds: read('ttlseconds') }],
    receipt: { receipt: isYes(read('receipt')), receiptTo: read('receiptto') },
    // The extension for distributed tracing.
    trace: readTraceContext(read('traceparent'), read('tracestate')),
  }
  if (base64 !== undefined) {
    if (base64 === '') return { kind: 'draft', draft: { ...shared, body: '' } }
    if (typeof base64 !== 'string' || !isBase64(base64)) return invalid('data_base64 of the CloudEvent is not base64')
    return { kind: 'draft', draft: { ...shared, body: base64, encoding: 'base64' } }
  }
  if (typeof data === 'string') return { kind: 'draft', draft: { ...shared, body: data } }
  // JSON is the content type of data that is no text, unless the event says otherwise (JSON format 1.0, 3.1).
  const contentType = shared.contentType ?? (data === undefined ? undefined : 'application/json')
  return { kind: 'draft', draft: { ...shared, contentType, body: data === undefined ? '' : (textOf('data') ?? '') } }
}

/** Returns true for a Boolean attribute that is true; in binary form, and in some libraries, that is a text. */
export function isYes(value: unknown): boolean {
  return value === true || value === 'true'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function invalid(reason: string): Recognised {
  return { kind: 'invalid', reason }
}
