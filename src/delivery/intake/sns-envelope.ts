import type { Members } from './json-members.ts'

/** The envelope in which Amazon SNS delivers to a queue without raw message delivery. */
export interface SnsEnvelope {
  readonly message: string
  readonly messageId: unknown
  readonly subject: unknown
  readonly timestamp: unknown
  /** Attributes of type String, by name; those of an expiry in any type, since a wrong one must not be overlooked. */
  readonly attributes: ReadonlyMap<string, string>
}

/**
 * Reads the envelope (https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html). Null for anything else.
 */
export function readSnsEnvelope(members: Members): SnsEnvelope | null {
  if (members.kind !== 'object') return null
  const { Type, TopicArn, Message, MessageId, Subject, Timestamp, MessageAttributes } = members.value
  if (Type !== 'Notification' || typeof TopicArn !== 'string' || typeof Message !== 'string') return null
  const attributes = new Map<string, string>()
  for (const [name, attribute] of Object.entries(MessageAttributes ?? {})) {
    const { Type: type, Value: value } = (attribute ?? {}) as { Type?: unknown; Value?: unknown }
    const isTaken = type === 'String' || name === 'expires-at' || name === 'ttl-seconds'
    if (isTaken && typeof value === 'string') attributes.set(name, value)
  }
  return {
    message: Message,
    messageId: MessageId ?? undefined,
    subject: Subject ?? undefined,
    timestamp: Timestamp ?? undefined,
    attributes,
  }
}
