import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { attributesToSend, maxAttributes, withAttribute } from '../adapters/sqs/attributes.ts'
import { forwardedName, type Letter, receiptSentType, receiptToName } from './letter.ts'

/** A change to a letter that its copy remembers. */
export interface Notes {
  /** When somebody was told of it, now; null when nobody was told now. */
  readonly forwardedAt: Date | null
  /** The name of the queue to which its receipt was sent now; null when none was sent now. */
  readonly receiptTo: string | null
}

/**
 * Returns the attributes of a copy of the letter with these notes. The copy is another message, with an id and a time of its
 * own: so it says what the letter left to its message, and is the same notification with the same expiry.
 */
export function notedAttributes(letter: Letter, notes: Notes): Record<string, MessageAttributeValue> {
  let attributes = attributesToSend(letter.message.MessageAttributes ?? {})
  if (notes.forwardedAt !== null) {
    attributes = withAttribute(attributes, forwardedName, notes.forwardedAt.toISOString())
  }
  if (notes.receiptTo !== null) {
    attributes = withAttribute(attributes, receiptToName, notes.receiptTo, receiptSentType)
  }
  for (const [name, value] of Object.entries(impliedBy(letter))) {
    if (attributes[name] !== undefined || Object.keys(attributes).length >= maxAttributes) continue
    attributes[name] = { DataType: 'String', StringValue: value }
  }
  return attributes
}

/** Returns what the letter leaves to its message, by the names of attributes: the most important first. */
function impliedBy({ notification }: Letter): Readonly<Record<string, string>> {
  if (notification === null) return {}
  const { id, sentAt, expiresAt = null } = notification
  return { id, ...(expiresAt === null ? {} : { 'expires-at': expiresAt }), 'sent-at': sentAt }
}
