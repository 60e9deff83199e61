import type { MessageAttributeValue } from '@aws-sdk/client-sqs'

/** SQS allows ten attributes on a message. */
export const maxAttributes = 10

export type Attributes = Readonly<Record<string, MessageAttributeValue>>

/**
 * Returns received attributes as they can be sent, with one more of this type. Of ten attributes one is dropped: `hops` if it
 * is there, else the last.
 */
export function withAttribute(
  received: Attributes,
  name: string,
  value: string,
  DataType = 'String',
): Record<string, MessageAttributeValue> {
  const kept = Object.entries(received).filter(([other]) => other !== name)
  if (kept.length >= maxAttributes) {
    const ours = kept.findIndex(([other]) => other === 'hops')
    kept.splice(ours === -1 ? maxAttributes - 1 : ours, 1)
  }
  return Object.fromEntries([...kept.map(resendable), [name, { DataType, StringValue: value }]])
}

/** Returns received attributes as they can be sent. */
export function attributesToSend(received: Attributes): Record<string, MessageAttributeValue> {
  return Object.fromEntries(Object.entries(received).map(resendable))
}

/** Returns the attribute without its list members, which SQS returns but does not accept. */
function resendable([name, { DataType, StringValue, BinaryValue }]: [string, MessageAttributeValue]): [
  string,
  MessageAttributeValue,
] {
  return [
    name,
    {
      DataType,
      ...(StringValue === undefined ? {} : { StringValue }),
      ...(BinaryValue === undefined ? {} : { BinaryValue }),
    },
  ]
}
