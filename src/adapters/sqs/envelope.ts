import { createHash } from 'node:crypto'
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import { type Draft, finish, isBase64, type Recognised } from '../../delivery/intake/draft.ts'
import { expiresAtOf, readExpiry } from '../../delivery/intake/expiry.ts'
import { readForeignBody } from '../../delivery/intake/foreign-body.ts'
import { instantOf } from '../../delivery/intake/instant.ts'
import { isReference, type Notification, textOf } from '../../delivery/notification.ts'
import type { ReceiptRequest } from '../../delivery/receipt.ts'
import { readTraceContext, readXRayHeader, type TraceContext } from '../../delivery/trace-context.ts'

/** A message as a notification, or why it is not valid. The reason is a fixed sentence for logs and attributes. */
export type Parsed =
  | {
      readonly ok: true
      readonly notification: Notification
      /** How many instances have forwarded it. */
      readonly hops: number
      /** How often SQS has shown it, this time included. */
      readonly deliveryCount: number
      /** Present when it names a queue for its receipt that is not among the known ones; the name is then ignored. */
      readonly isReceiptQueueUnknown?: true
    }
  | { readonly ok: false; readonly reason: string }

/** Settings that decide how a message is read. */
export interface Reading {
  /** The JSON pointer (RFC 6901) to the addressee in events of EventBridge. */
  readonly addresseePointer: string
  /** The client whose own queue this is, which is then the addressee of a message that names none. */
  readonly owner?: string
  /** The names of queues for receipts; any name is taken when absent. */
  readonly receiptQueues?: ReadonlySet<string>
}

/**
 * Reads a message that was received with all its attributes, `SentTimestamp` and `ApproximateReceiveCount`. Without the
 * attribute `addressee` its body decides: senders such as EventBridge cannot set attributes.
 */
export function readMessage(message: Message, { addresseePointer, owner, receiptQueues }: Reading): Parsed {
  const attributes = message.MessageAttributes ?? {}
  for (const name of stringNames) {
    if (attributes[name] && text(attributes[name]) === null) return invalid(`the attribute ${name} is not a String`)
  }
  if (attributes['ttl-seconds'] && numberText(attributes['ttl-seconds']) === null) {
    return invalid('the attribute ttl-seconds is neither a Number nor a String')
  }
  const read = (name: StringName) => text(attributes[name]) ?? undefined
  const foreign: Recognised =
    read('addressee') === undefined
      ? readForeignBody(message.Body ?? '', { addresseePointer, hashOf })
      : { kind: 'other' }
  const recognised = foreign.kind === 'other' ? readAttributes(message.Body ?? '', read) : foreign
  if (recognised.kind === 'invalid') return invalid(recognised.reason)
  if (foreign.kind === 'draft') {
    const wrong = unlikeHttp(foreign.draft)
    if (wrong !== null) return invalid(wrong)
  }
  const addressee = recognised.draft.addressee ?? owner
  if (addressee === undefined) return invalid('neither an attribute nor the body names an addressee')
  const defaults = {
    // A copy in a dead-letter queue says so what it left to the message before.
    id: read('id') ?? message.MessageId ?? '',
    // Written only when it is asked for: most senders say when they sent.
    get sentAt() {
      return instantOf(read('sent-at')) ?? sentTimestamp(message)
    },
  }
  const finished = finish({ ...recognised.draft, addressee }, defaults)
  if (!finished.ok) return finished
  // The attributes of a message hold whatever form its body has.
  const ofMessage = { expiresAt: read('expires-at'), ttlSeconds: numberText(attributes['ttl-seconds']) }
  const said = readExpiry([ofMessage, ...(recognised.draft.expiries ?? [])])
  if (!said.ok) return said
  const { expiresAt, ttlSeconds } = said.expiry
  const draftReceipt = recognised.draft.receipt ?? {}
  const until = ttlSeconds === null ? expiresAt : expiresAtOf(said.expiry, Date.parse(sentTimestamp(message)))
  const asked = readReceipt(
    { receipt: read('receipt') === 'true' || draftReceipt.receipt, to: read('receipt-to') ?? draftReceipt.receiptTo },
    receiptQueues,
  )
  const { receipt } = asked
  const notification = { ...asText(finished.notification), ...(receipt === null ? {} : { receipt }) }
  return {
    ok: true,
    notification: withTrace(
      until === null ? notification : { ...notification, expiresAt: until },
      traceOf(message) ?? recognised.draft.trace ?? null,
    ),
    hops: smallNumber(attributes.hops),
    deliveryCount: Math.max(1, Math.trunc(Number(message.Attributes?.ApproximateReceiveCount)) || 1),
    ...(asked.isUnknown ? { isReceiptQueueUnknown: true } : {}),
  }
}

/** Reads what a message asks for; a queue that is not known is left out. */
function readReceipt(
  { receipt, to }: { readonly receipt: unknown; readonly to: unknown },
  known: ReadonlySet<string> | undefined,
): { readonly receipt: ReceiptRequest | null; readonly isUnknown: boolean } {
  const isNamed = typeof to === 'string' && to !== '' && (known?.has(to) ?? true)
  if (isNamed) return { receipt: { to }, isUnknown: false }
  return { receipt: receipt === true ? { to: null } : null, isUnknown: to !== undefined }
}

/** Returns the trace of a message: from its attributes, or else from where AWS's own tracing puts it. */
function traceOf({ MessageAttributes = {}, Attributes }: Message): TraceContext | null {
  const { traceparent, tracestate } = MessageAttributes
  if (traceparent === undefined && Attributes?.AWSTraceHeader === undefined) return null
  return readTraceContext(text(traceparent), text(tracestate)) ?? readXRayHeader(Attributes?.AWSTraceHeader)
}

function withTrace(notification: Notification, trace: TraceContext | null): Notification {
  return trace === null ? notification : { ...notification, trace }
}

/**
 * Returns the notification with text for a body that came as base64 and is UTF-8. So a client gets the same, whether or not
 * the notification was stored in between, or was sent as base64 because SQS refuses some characters.
 */
function asText(notification: Notification): Notification {
  if (notification.encoding === null) return notification
  const body = textOf(Buffer.from(notification.body, 'base64'))
  return body === null ? notification : { ...notification, body, encoding: null }
}

/**
 * Returns why a draft that was read from JSON is refused, as it is over HTTP, or null. JSON can write half of a surrogate
 * pair, which UTF-8 cannot: the client would get another text.
 */
function unlikeHttp({ body, contentType }: Draft): string | null {
  if (!body.isWellFormed()) return 'the body is not well-formed Unicode'
  if (contentType !== undefined && !isReference(contentType)) {
    return 'the content type is not 1 to 256 characters without controls'
  }
  return null
}

/** The form that the publisher module and other instances send: attributes, and the body as it is. */
function readAttributes(
  text: string,
  read: (name: StringName) => string | undefined,
): Exclude<Recognised, { kind: 'other' }> {
  const encoding = read('encoding')
  if (encoding !== undefined && encoding !== 'base64' && encoding !== 'empty') {
    return { kind: 'invalid', reason: 'the attribute encoding is neither base64 nor empty' }
  }
  const body = encoding === 'empty' ? '' : text
  if (body === '' && encoding !== 'empty') return { kind: 'invalid', reason: 'the body is empty' }
  if (encoding === 'base64' && !isBase64(body)) {
    return { kind: 'invalid', reason: 'the body is not base64, as the attribute encoding says' }
  }
  return {
    kind: 'draft',
    draft: {
      addressee: read('addressee'),
      subject: read('subject'),
      body,
      ...(encoding === 'base64' ? { encoding } : {}),
      contentType: read('content-type'),
      id: read('id'),
      correlationId: read('correlation-id'),
      sentAt: read('sent-at'),
    },
  }
}

/**
 * Returns the id of a notification that two texts identify together, such as the source and the id of a CloudEvent: a hash
 * of the two. Different pairs have different hashes, since JSON keeps the texts apart.
 */
export function hashOf(source: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64url')
}

const stringNames = [
  'addressee',
  'subject',
  'id',
  'content-type',
  'correlation-id',
  'sent-at',
  'encoding',
  'expires-at',
  'receipt',
  'receipt-to',
] as const
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

/** Returns the text of an attribute that may be a number too. */
function numberText(attribute: MessageAttributeValue | undefined): string | null {
  return attribute?.DataType?.startsWith('Number') ? (attribute.StringValue ?? null) : text(attribute)
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
