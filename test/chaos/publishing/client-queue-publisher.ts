import type { SQSClient } from '@aws-sdk/client-sqs'
import { sendMessage } from '../../../scripts/stack/publisher.ts'
import { clientQueueUrl } from '../../../src/publisher/publisher.js'
import { messageAsks, wishInMessage } from '../receipts/wish.ts'
import type { Outcome, Publication, Publisher } from './publisher.ts'

interface Needs {
  readonly client: SQSClient
  readonly baseUrl: string
}

/** Publishes as backends do in mode 2: the client's id tells its queue, whether or not the client is there. */
export function clientQueuePublisher(needs: Needs): Publisher {
  return {
    weight: 3,
    reachesAbsent: true,
    sends: true,
    instead: messageAsks,
    publish: (publication) => send(needs, publication.addressee, publication),
  }
}

/** Publishes into the queues of other clients than it is for: nobody may get that. */
export function misdirectedPublisher(needs: Needs, clients: readonly string[]): Publisher {
  return {
    weight: 1,
    reachesAbsent: false,
    fate: 'deadLettered',
    sends: true,
    instead: messageAsks,
    async publish(publication, random) {
      const owner = random.pick(clients)
      if (owner === undefined || owner === publication.addressee) return 'held back'
      return send(needs, owner, publication)
    },
  }
}

async function send(
  { client, baseUrl }: Needs,
  owner: string,
  { id, addressee, body, wish }: Publication,
): Promise<Outcome> {
  try {
    await sendMessage(client, clientQueueUrl(baseUrl, owner), {
      id,
      addressee,
      body,
      subject: 'chaos',
      ...wishInMessage(wish),
    })
    return 'accepted'
  } catch (error) {
    return error instanceof Error && error.name === 'QueueDoesNotExist' ? 'refused' : 'unanswered'
  }
}
