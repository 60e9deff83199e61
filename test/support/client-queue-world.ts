import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { type Differences, openWorld } from './service-world.ts'
import { type SqsEndpoint, startSqs } from './sqs.ts'

type Owner = Pick<Test, 'teardown'>

/** The beginning of the names of all clients' queues. */
const baseName = 'clients'

/** Everything around the service in mode 2: SQS with a dead-letter queue, and an issuer. */
export async function startClientQueueWorld(t: Owner) {
  const sqs = await startSqs(t)
  return openClientQueueWorld(t, sqs, sqs.refuse)
}

/** The same with an SQS that is there already. */
export async function openClientQueueWorld<Queues extends SqsEndpoint>(
  t: Owner,
  sqs: Queues,
  refuse: (code: string | null) => void = () => {},
) {
  // A queue of the name that all others begin with tells how their URLs begin.
  const base = (await sqs.createQueue(baseName)).url
  let places = 0

  const differences: Differences = {
    mode: 2,
    env: {
      NOTIFICATION_SERVICE_MODE: '2',
      SQS_USER_QUEUE_BASE_URL: base,
      SQS_USER_QUEUE_AUTO_CREATE: 'true',
      CALLBACK_SECRET: 'a secret that all instances have in common',
    },
    // The advice for clients that move: messages that the former instance had received are soon given back.
    peerEnv: { SESSION_LINGER_SECONDS: '1' },
    accepted: { connected: 'queued', away: 'queued' },
    store: {
      check: 'queue',
      code: 'ERROR_SQS_UNEXPECTED_ERROR',
      stop: async () => refuse('ServiceUnavailable'),
      start: async () => refuse(null),
    },
    receivingFails: "receiving from clients' queues fails and is tried again",
    receivingWorks: "receiving from clients' queues no longer fails",
    async apart() {
      places += 1
      return { SQS_USER_QUEUE_BASE_URL: `${base}${places}` }
    },
    async queueOf(world, service, clientId) {
      const queueUrl = (await world.session(service, clientId)).queueUrl ?? ''
      await until(() =>
        sqs.attributes(queueUrl).then(
          () => true,
          () => false,
        ),
      )
      return queueUrl
    },
    // Made as its sender or an operator does.
    async queueBefore(world, service, clientId) {
      const queueUrl = (await world.session(service, clientId)).queueUrl ?? ''
      return (await sqs.createQueue(queueUrl.slice(queueUrl.lastIndexOf('/') + 1))).url
    },
    async leftNothing() {},
  }
  return openWorld(t, sqs, differences)
}
