import type { MessageAttributeValue, MessageSystemAttributeValue } from '@aws-sdk/client-sqs'
import type { Notification } from '../../delivery/notification.ts'
import { partsOf, type TraceContext, writeXRayHeader } from '../../delivery/trace-context.ts'

export interface WrittenMessage {
  readonly MessageBody: string
  readonly MessageAttributes: Record<string, MessageAttributeValue>
  /** The trace, in a place that takes no room from the attributes. */
  readonly MessageSystemAttributes?: Record<string, MessageSystemAttributeValue>
}

/** SQS allows ten. */
const maxAttributes = 10
/** Attributes count towards the size of a message, and one that was as large as allowed must not become larger. */
const maxTracedLength = 500_000

/** Returns the body and the attributes of a message that carries the notification; the inverse of `readMessage` in `envelope.ts`. */
export function writeMessage(notification: Notification, hops = 0): WrittenMessage {
  const {
    id,
    addressee,
    subject,
    body,
    encoding,
    contentType,
    sentAt,
    correlationId,
    expiresAt = null,
    receipt,
  } = notification
  const values = {
    addressee,
    subject,
    id,
    'sent-at': sentAt,
    // SQS accepts neither an empty attribute nor an empty body.
    'content-type': contentType || null,
    'correlation-id': correlationId,
    'expires-at': expiresAt,
    // One of the two, since SQS allows ten attributes.
    'receipt-to': receipt?.to ?? null,
    receipt: receipt && receipt.to === null ? 'true' : null,
    encoding: body === '' ? 'empty' : encoding,
    hops: hops > 0 ? String(hops) : null,
  }
  const attributes: Record<string, MessageAttributeValue> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) attributes[name] = { DataType: 'String', StringValue: value }
  }
  const written = { MessageBody: body === '' ? 'empty' : body, MessageAttributes: attributes }
  return notification.trace ? traced(written, notification.trace) : written
}

/**
 * Returns the message with its trace. A system attribute counts neither towards the number of attributes nor towards the
 * size, so the trace is always there; where there is room it stands in W3C's form too, which has a `tracestate`.
 */
function traced({ MessageBody, MessageAttributes }: WrittenMessage, trace: TraceContext): WrittenMessage {
  const { traceparent, tracestate } = partsOf(trace)
  const more = { traceparent, ...(tracestate === null ? {} : { tracestate }) }
  const names = Object.keys(MessageAttributes).length + Object.keys(more).length
  const hasRoom = names <= maxAttributes && MessageBody.length <= maxTracedLength
  const written = Object.entries(hasRoom ? more : {}).map(
    ([name, value]) => [name, { DataType: 'String', StringValue: value }] as const,
  )
  return {
    MessageBody,
    MessageAttributes: { ...MessageAttributes, ...Object.fromEntries(written) },
    MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: writeXRayHeader(trace) } },
  }
}
