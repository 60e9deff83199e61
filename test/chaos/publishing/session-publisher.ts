import { lookUpSession, sendMessage } from '../../../scripts/stack/publisher.ts'
import type { Pool } from '../../../src/adapters/postgres/pool.ts'
import type { Random } from '../random.ts'
import { messageAsks, wishInMessage } from '../receipts/wish.ts'
import type { ChaoticSqs } from '../sqs.ts'
import type { Publication, Publisher } from './publisher.ts'

interface Needs {
  readonly sqs: ChaoticSqs
  readonly database: Pool
  /** Where instances may be asked. */
  readonly urls: () => readonly string[]
  readonly token: string
}

/** Each look-up is as good as the next, but not as fresh. */
const looks = { service: 45, table: 30, memory: 25 }

/**
 * Publishes as backends do in mode 1: looks up where the addressee is, by asking any instance or the table, or by
 * remembering what was found some time ago, and sends to the queue of that instance.
 */
export function sessionPublisher({ sqs, database, urls, token }: Needs): Publisher {
  const remembered = new Map<string, string>()

  const ask = {
    async service(clientId: string, random: Random) {
      const url = random.pick(urls())
      return url === undefined ? null : (await lookUpSession(url, clientId, token)).queueUrl
    },
    async table(clientId: string) {
      const [row] = await database.query(
        (sql) => sql<{ queueUrl: string }[]>`
          select instances.queue_url as "queueUrl" from sessions join instances on instances.id = sessions.instance_id
          where sessions.client_id = ${clientId} and instances.dead_at is null`,
      )
      return row?.queueUrl ?? null
    },
    async memory(clientId: string) {
      return remembered.get(clientId) ?? null
    },
  }

  async function send(queueUrl: string, { id, addressee, body, wish }: Publication) {
    try {
      await sendMessage(sqs.client, queueUrl, { id, addressee, body, subject: 'chaos', ...wishInMessage(wish) })
      return 'accepted'
    } catch (error) {
      remembered.delete(addressee)
      return error instanceof Error && error.name === 'QueueDoesNotExist' ? 'refused' : 'unanswered'
    }
  }

  return {
    weight: 3,
    reachesAbsent: false,
    sends: true,
    instead: messageAsks,
    async publish(publication, random) {
      const { addressee } = publication
      const queueUrl = await ask[random.weighted(looks)](addressee, random).catch(() => null)
      if (queueUrl === null) return 'held back'
      remembered.set(addressee, queueUrl)
      return send(queueUrl, publication)
    },
  }
}
