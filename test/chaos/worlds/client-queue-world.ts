import { randomBytes } from 'node:crypto'
import { until } from '../../../scripts/stack/until.ts'
import { clientQueueName, createClientQueue, queueBase } from '../../../src/adapters/sqs/queue.ts'
import { callbackPublisher } from '../publishing/callback-publisher.ts'
import { clientQueuePublisher, misdirectedPublisher } from '../publishing/client-queue-publisher.ts'
import { httpPublisher } from '../publishing/http-publisher.ts'
import { intakePublisher } from '../publishing/intake-publisher.ts'
import type { Ground, World } from './world.ts'

/** A last receive runs out, and what it brings is given back. */
const lastReceiveMs = 30_000

/** Mode 2: a queue for every client, and nothing else. Instances have in common what seals callback URLs. */
export async function clientQueueWorld(ground: Ground): Promise<World> {
  const { sqs, urls, clients, absent, tokens, publisherToken, timing } = ground
  const { receipts } = ground.ledger
  const { client, clientQueueBaseUrl: baseUrl } = sqs
  const { prefix } = queueBase(baseUrl)
  const shape = { ...timing, dlqArn: sqs.deadLetterQueueArn }
  // Every second client has its queue from the beginning; the others' are made by the instance that needs one first.
  for (const id of [...clients.filter((_, i) => i % 2 === 0), ...absent]) {
    await createClientQueue(client, clientQueueName(prefix, id), shape)
  }
  return {
    settings: {
      NOTIFICATION_SERVICE_MODE: '2',
      SQS_USER_QUEUE_BASE_URL: baseUrl,
      SQS_USER_QUEUE_AUTO_CREATE: 'true',
      CALLBACK_SECRET: randomBytes(32).toString('hex'),
    },
    publishers: [
      clientQueuePublisher({ client, baseUrl }),
      httpPublisher({ urls, token: publisherToken, receipts }),
      callbackPublisher({ urls, tokens, maxUses: 0, receipts }),
      misdirectedPublisher({ client, baseUrl }, clients),
      intakePublisher({ client, queueUrl: sqs.intakeQueueUrl, weight: 5 }),
    ],
    faults: {},
    async onKilled() {},
    waiting: async () => new Set<string>(),
    receipts: null,
    async afterClients(signal) {
      const withinMs = timing.lingerSeconds * 1_000 + lastReceiveMs
      const patience = { withinMs, everyMs: 100, signal }
      // Each instance goes on receiving from the intake queue, with one receive while nothing comes.
      const ofClients = async () => Math.max(0, (await added(urls(), receives)) - urls().length)
      await until(async () => (await ofClients().catch(() => null)) === 0, patience)
      await until(async () => (await added(urls(), mailboxes).catch(() => null)) === 0, patience)
      return [
        { name: 'receives left', count: await ofClients(), remark: forNobody, allowed: false },
        { name: 'mailboxes left', count: await added(urls(), mailboxes), remark: forNobody, allowed: false },
      ]
    },
    afterInstances: async () => [],
  }
}

const forNobody = 'after everybody has left'
const receives = 'notifications_sqs_receives_open'
const mailboxes = 'notifications_mailboxes'

/** Returns the sum of the instances' metrics of this name. */
async function added(urls: readonly string[], metric: string): Promise<number> {
  const values = await Promise.all(
    urls.map(async (url) => {
      const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text()
      return Number(new RegExp(`^${metric} (.*)$`, 'm').exec(text)?.[1])
    }),
  )
  return values.reduce((sum, value) => sum + value, 0)
}
