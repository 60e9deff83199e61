import { type HashOf, isYes, readCloudEvent } from './cloud-event.ts'
import { type Draft, isBase64, type Recognised } from './draft.ts'
import { readEventBridgeEvent } from './event-bridge.ts'
import { type Members, readMembers } from './json-members.ts'
import { readOwnJson } from './own-json.ts'
import { readSnsEnvelope, type SnsEnvelope } from './sns-envelope.ts'

interface Needs {
  /** The JSON pointer (RFC 6901) to the addressee in events of EventBridge. */
  readonly addresseePointer: string
  readonly hashOf: HashOf
}

/**
 * Recognises the body of a message that has no attribute `addressee`, because its sender cannot set one: an SNS envelope,
 * a CloudEvent, an event of EventBridge, or the JSON of `POST /notifications`, in this order.
 */
export function readForeignBody(text: string, needs: Needs): Recognised {
  const members = readMembers(text)
  if (members.kind === 'ambiguous') return { kind: 'invalid', reason: members.reason }
  const envelope = readSnsEnvelope(members)
  return envelope === null ? readJson(members, needs) : readSns(envelope, needs)
}

function readJson(members: Members, { addresseePointer, hashOf }: Needs): Recognised {
  const cloudEvent = readCloudEvent(members, hashOf)
  if (cloudEvent.kind !== 'other') return cloudEvent
  const event = readEventBridgeEvent(members, addresseePointer)
  return event.kind === 'other' ? readOwnJson(members) : event
}

/** The attributes of an SNS message are those of ours. Where they name no addressee, the message may be of another form. */
function readSns({ message, messageId, subject, timestamp, attributes }: SnsEnvelope, needs: Needs): Recognised {
  const ofEnvelope = { id: messageId, sentAt: timestamp }
  const expiries = [{ expiresAt: attributes.get('expires-at'), ttlSeconds: attributes.get('ttl-seconds') }]
  const receipt = { receipt: isYes(attributes.get('receipt')), receiptTo: attributes.get('receipt-to') }
  if (!attributes.has('addressee')) {
    const members = readMembers(message)
    if (members.kind === 'ambiguous') return { kind: 'invalid', reason: members.reason }
    const inner = readJson(members, needs)
    if (inner.kind === 'draft') {
      const { draft } = inner
      return drafted({
        ...draft,
        id: draft.id ?? messageId,
        subject: draft.subject ?? subject,
        sentAt: draft.sentAt ?? timestamp,
        expiries: [...expiries, ...(draft.expiries ?? [])],
        receipt: {
          receipt: receipt.receipt || draft.receipt?.receipt,
          receiptTo: receipt.receiptTo ?? draft.receipt?.receiptTo,
        },
      })
    }
    if (inner.kind === 'invalid') return inner
    return drafted({ ...ofEnvelope, addressee: undefined, subject, body: message, expiries, receipt })
  }
  const encoding = attributes.get('encoding')
  if (encoding !== undefined && encoding !== 'base64' && encoding !== 'empty') {
    return { kind: 'invalid', reason: 'the attribute encoding is neither base64 nor empty' }
  }
  if (encoding === 'base64' && !isBase64(message)) {
    return { kind: 'invalid', reason: 'the body is not base64, as the attribute encoding says' }
  }
  return drafted({
    addressee: attributes.get('addressee'),
    subject: attributes.get('subject') ?? subject,
    body: encoding === 'empty' ? '' : message,
    ...(encoding === 'base64' ? { encoding } : {}),
    contentType: attributes.get('content-type'),
    correlationId: attributes.get('correlation-id'),
    id: attributes.get('id') ?? messageId,
    sentAt: attributes.get('sent-at') ?? timestamp,
    expiries,
    receipt,
  })
}

function drafted(draft: Draft): Recognised {
  return { kind: 'draft', draft }
}
