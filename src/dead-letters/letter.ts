import type { Message } from '@aws-sdk/client-sqs'
import { reasonName } from '../adapters/sqs/dead-letters.ts'
import { readMessage } from '../adapters/sqs/envelope.ts'
import { expiryOf, type Notification } from '../delivery/notification.ts'

/** The attribute of a letter that somebody was told of: the time of that (RFC 3339). */
export const forwardedName = 'forwarded-at'

/** The attribute that names the queue for the receipt. */
export const receiptToName = 'receipt-to'
/**
 * The type of `receipt-to` once the receipt was sent: SQS lets a sender append a label to a type, and readers of the text do
 * not mind. An attribute of its own would be the eleventh of a message that has all that a notification can have.
 */
export const receiptSentType = 'String.dead-lettered'

/** The reason of a notification that was received too often: no client acknowledged it. */
const unfetched = 'no client acknowledged it'

/** The reason of a notification that was moved, because it had expired. */
const expired = 'it expired before a client acknowledged it'

/** A message of a dead-letter queue. */
export interface Letter {
  readonly message: Message
  /** The notification's id, else the id of the message. */
  readonly id: string
  /** The notification; null when the message is none. */
  readonly notification: Notification | null
  readonly reason: string
  /** When it was sent (RFC 3339), as its sender or SQS says. */
  readonly sentAt: string
  /** How often it was received from any queue, this time included. */
  readonly receiveCount: number
  /** The ARN of the queue from which SQS moved it; null when it was sent here. */
  readonly sourceArn: string | null
  /** When somebody was told of it (RFC 3339), or null. */
  readonly forwardedAt: string | null
  /** The name of the queue that its sender wants the receipt in, or null. */
  readonly receiptTo: string | null
  /** Whether the receipt was sent, which says that it ended here. */
  readonly isReceiptSent: boolean
}

/** Reads a message of a dead-letter queue that was received with all its attributes. */
export function readLetter(message: Message, addresseePointer: string): Letter {
  const { MessageId = '', Attributes = {}, MessageAttributes = {} } = message
  const given = (name: string) => MessageAttributes[name]?.StringValue ?? null
  const parsed = readMessage(message, { addresseePointer })
  const sentMs = Number(Attributes.SentTimestamp)
  const about = parsed.ok
    ? { id: parsed.notification.id, notification: parsed.notification, sentAt: parsed.notification.sentAt }
    : { id: given('id') ?? MessageId, notification: null, sentAt: new Date(sentMs || 0).toISOString() }
  return {
    message,
    ...about,
    reason: given(reasonName) ?? (parsed.ok ? reasonOf(parsed.notification) : parsed.reason),
    receiveCount: Number(Attributes.ApproximateReceiveCount) || 1,
    sourceArn: Attributes.DeadLetterQueueSourceArn ?? null,
    forwardedAt: given(forwardedName),
    receiptTo: parsed.ok ? (parsed.notification.receipt?.to ?? null) : given(receiptToName),
    isReceiptSent: MessageAttributes[receiptToName]?.DataType === receiptSentType,
  }
}

function reasonOf(notification: Notification): string {
  return expiryOf(notification) <= Date.now() ? expired : unfetched
}

/** The members of a letter that people and templates see. */
export interface LetterFacts {
  readonly id: string
  readonly addressee: string | null
  readonly subject: string | null
  readonly reason: string
  readonly sentAt: string
  readonly contentType: string | null
  readonly correlationId: string | null
  readonly encoding: 'base64' | null
  readonly body: string
  readonly receiveCount: number
  readonly source: string | null
  readonly forwardedAt: string | null
  readonly messageId: string
}

/** Returns what is shown of a letter. The body of a message that is no notification is its text. */
export function factsOf(letter: Letter): LetterFacts {
  const { message, notification, id, reason, sentAt, receiveCount, sourceArn, forwardedAt } = letter
  const said = (name: string) => message.MessageAttributes?.[name]?.StringValue ?? null
  return {
    id,
    addressee: notification?.addressee ?? said('addressee'),
    subject: notification?.subject ?? said('subject'),
    reason,
    sentAt,
    contentType: notification?.contentType ?? null,
    correlationId: notification?.correlationId ?? null,
    encoding: notification?.encoding ?? null,
    body: notification?.body ?? message.Body ?? '',
    receiveCount,
    source: sourceArn,
    forwardedAt,
    messageId: message.MessageId ?? '',
  }
}
