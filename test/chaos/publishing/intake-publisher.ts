import type { SQSClient } from '@aws-sdk/client-sqs'
import { sendMessage } from '../../../scripts/stack/publisher.ts'
import { messageAsks, wishInMessage } from '../receipts/wish.ts'
import type { Publisher } from './publisher.ts'

/** Publishes as senders do that know nothing but the intake queue. The weight makes that a third of all. */
export function intakePublisher(needs: {
  readonly client: SQSClient
  readonly queueUrl: string
  readonly weight: number
}): Publisher {
  const { client, queueUrl, weight } = needs
  return {
    weight,
    reachesAbsent: true,
    sends: true,
    instead: messageAsks,
    async publish({ id, addressee, body, wish }) {
      try {
        await sendMessage(client, queueUrl, { id, addressee, body, subject: 'chaos', ...wishInMessage(wish) })
        return 'accepted'
      } catch {
        return 'unanswered'
      }
    },
  }
}
