import { startFedInstance } from './fed-instance.ts'
import type { InstanceNeeds } from './instance.ts'
import { queueUrl } from './sqs.ts'
import type { StartTarget } from './target.ts'
import { clientId } from './tokens.ts'

const queuePrefix = 'bench-client'

/** The service in mode 2, without a database: it receives from a queue of each client that is here. */
export function clientQueueTarget(needs: InstanceNeeds): StartTarget {
  return async () => {
    const settings = { NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL: queueUrl(queuePrefix) }
    const { sqs, shared } = await startFedInstance(needs, settings)
    return {
      ...shared,
      databasePid: null,
      publish: (client, number) => sqs.queue(`${queuePrefix}-${clientId(client)}`).send(client, number),
      unacknowledged: () => sqs.undeleted,
    }
  }
}
