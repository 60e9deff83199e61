import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { attributesToSend } from '../adapters/sqs/attributes.ts'
import { reasonName } from '../adapters/sqs/dead-letters.ts'
import { dlqUrl } from '../adapters/sqs/queue.ts'
import { groupFields, type Send } from '../adapters/sqs/send.ts'
import { expiryOf } from '../delivery/notification.ts'
import type { Destinations } from './destinations.ts'
import type { Letter } from './letter.ts'
import type { LetterQueue } from './letter-queue.ts'

/** The outcomes of a redrive. Only a letter that was sent has left the dead-letter queue. */
export type Redriven =
  | { readonly kind: 'sent'; readonly queueUrl: string }
  /** It stays: the client is nowhere, and there is no intake queue to wait in. */
  | { readonly kind: 'absent' }
  /** It stays: the service would only move it here again. */
  | { readonly kind: 'invalid' }
  /** It stays: its notification has expired, and the service would not hand it over. */
  | { readonly kind: 'expired' }

export interface RedriveNeeds {
  readonly client: SQSClient
  readonly send: Send
  readonly destinations: Destinations
}

/**
 * Sends a letter to where its client gets it, and then deletes it. It is sent first, so that it is never nowhere: when the
 * deletion fails, the client gets it twice, under one id. Rejects when either is not certain.
 */
export async function redrive(letter: Letter, queue: LetterQueue, needs: RedriveNeeds): Promise<Redriven> {
  const { notification, message, sourceArn } = letter
  if (message.MessageAttributes?.[reasonName] !== undefined) return { kind: 'invalid' }
  if (notification === null) {
    // A message without an addressee is a notification in the queue of a client, and nowhere else.
    const ofClient = sourceArn === null ? null : await dlqUrl(needs.client, sourceArn)
    if (ofClient === null) return { kind: 'invalid' }
    await sendAsItIs(letter, ofClient, needs.client)
    await queue.remove(letter)
    return { kind: 'sent', queueUrl: ofClient }
  }
  if (expiryOf(notification) <= Date.now()) return { kind: 'expired' }
  const queueUrl = await needs.destinations.queueOf(notification.addressee)
  if (queueUrl === null) return { kind: 'absent' }
  await needs.send(queueUrl, notification)
  await queue.remove(letter)
  return { kind: 'sent', queueUrl }
}

async function sendAsItIs({ message, id }: Letter, queueUrl: string, client: SQSClient): Promise<void> {
  const { Body, MessageAttributes = {}, Attributes, MessageId = '' } = message
  await client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: Body || 'empty',
      MessageAttributes: attributesToSend(MessageAttributes),
      ...groupFields(queueUrl, Attributes?.MessageGroupId ?? id, MessageId),
    }),
  )
}
