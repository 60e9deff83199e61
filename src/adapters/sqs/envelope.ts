import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import { isClientId, isReference, isSubject, type Notification } from '../../delivery/notification.ts'

/** A message as a notification, or why it is not valid. The reason is a fixed sentence for logs and attributes. */
export type Parsed =
  | {
      readonly ok: true
      readonly notification: Notification
      /** How many instances have forwarded it. */
      readonly hops: number
      /** How often SQS has shown it, this time included. */
      readonly deliveryCount: number
    }
  | { readonly ok: false; readonly reason: string }

export interface WrittenMessage {
  readonly MessageBody: string
  readonly MessageAttributes: Record<string, MessageAttributeValue>
}

/** Parses a message that was received with all its attributes, `SentTimestamp` and `ApproximateReceiveCount`. */
export function readMessage(message: Message): Parsed {
  const attributes = message.MessageAttributes ?? {}
  for (const name of stringNames) {
    if (attributes[name] && text(attributes[name]) === null) return invalid(`the attribute ${name} is not a String`)
  }
  const read = (name: StringName) => text(attributes[name])

  const addressee = read('addressee')
  if (addressee === null) return invalid('the attribute addressee is missing')
  if (!isClientId(addressee)) return invalid('the attribute addressee is not 1 to 512 characters without controls')
  const subject = read('subject')
  if (subject === null) return invalid('the attribute subject is missing')
  if (!isSubject(subject)) return invalid('the attribute subject is not 1 to 256 characters without controls')
  const id = read('id') ?? message.MessageId
  if (!isReference(id)) return invalid('the attribute id is not 1 to 256 characters without controls')
  const correlationId = read('correlation-id')
  if (correlationId !== null && !isReference(correlationId)) {
    return invalid('the attribute correlation-id is not 1 to 256 characters without controls')
  }

  const encoding = read('encoding')
  if (encoding !== null && encoding !== 'base64' && encoding !== 'empty') {
    return invalid('the attribute encoding is neither base64 nor empty')
  }
  const body = encoding === 'empty' ? '' : (message.Body ?? '')
  if (body === '' && encoding !== 'empty') return invalid('the body is empty')
  if (encoding === 'base64' && !isBase64(body)) return invalid('the body is not base64, as the attribute encoding says')

  return {
    ok: true,
    notification: {
      id,
      addressee,
      subject,
      body,
      encoding: encoding === 'base64' ? encoding : null,
      contentType: read('content-type'),
      sentAt: instant(read('sent-at')) ?? sentTimestamp(message),
      correlationId,
    },
    hops: smallNumber(attributes.hops),
    deliveryCount: Math.max(1, Math.trunc(Number(message.Attributes?.ApproximateReceiveCount)) || 1),
  }
}

/** Returns the body and the attributes of a message that carries the notification; the inverse of `readMessage`. */
export function writeMessage(notification: Notification, hops = 0): WrittenMessage {
  const { id, addressee, subject, body, encoding, contentType, sentAt, correlationId } = notification
  const values = {
    addressee,
    subject,
    id,
    'sent-at': sentAt,
    // SQS accepts neither an empty attribute nor an empty body.
    'content-type': contentType || null,
    'correlation-id': correlationId,
    encoding: body === '' ? 'empty' : encoding,
    hops: hops > 0 ? String(hops) : null,
  }
  const attributes: Record<string, MessageAttributeValue> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) attributes[name] = { DataType: 'String', StringValue: value }
  }
  return { MessageBody: body === '' ? 'empty' : body, MessageAttributes: attributes }
}

const stringNames = ['addressee', 'subject', 'id', 'content-type', 'correlation-id', 'sent-at', 'encoding'] as const
type StringName = (typeof stringNames)[number]

function invalid(reason: string): Parsed {
  return { ok: false, reason }
}

/** Returns the value of an attribute of type String, or of String with a label (`String.…`); else null. */
function text(attribute: MessageAttributeValue | undefined): string | null {
  const type = attribute?.DataType
  if (type !== 'String' && !type?.startsWith('String.')) return null
  return attribute?.StringValue ?? null
}

/** Whether the text is padded base64. Checked without a nested repetition, since bodies are up to 1 MiB. */
function isBase64(body: string): boolean {
  return body.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(body)
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

function instant(sentAt: string | null): string | null {
  if (sentAt === null || !rfc3339.test(sentAt)) return null
  const ms = Date.parse(sentAt.toUpperCase().replace(' ', 'T'))
  if (Number.isNaN(ms)) return null
  const written = new Date(ms).toISOString()
  // An offset can move the year out of the four digits that RFC 3339 has.
  return rfc3339.test(written) ? written : null
}

function sentTimestamp({ Attributes }: Message): string {
  const ms = Number(Attributes?.SentTimestamp)
  return new Date(Number.isSafeInteger(ms) && ms > 0 && ms < 8e15 ? ms : Date.now()).toISOString()
}

/** Returns the number of hops; anything but one or two digits counts as 0, since only instances write it. */
function smallNumber(hops: MessageAttributeValue | undefined): number {
  const value = hops?.StringValue ?? ''
  return /^\d{1,2}$/.test(value) ? Number(value) : 0
}
