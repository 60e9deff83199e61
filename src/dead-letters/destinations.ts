import { openPool } from '../adapters/postgres/pool.ts'
import { createSessionsTable } from '../adapters/postgres/sessions.ts'
import { clientQueueUrl } from '../adapters/sqs/queue.ts'
import type { Config } from '../config.ts'
import { databaseOf } from '../database.ts'
import type { Log } from '../delivery/ports.ts'

/** Finds the queue in which a client's notification is on its way to it. */
export interface Destinations extends AsyncDisposable {
  /** Resolves with null when the client is nowhere. */
  queueOf(clientId: string): Promise<string | null>
}

/** All notifications go to this queue. */
export function oneQueue(queueUrl: string): Destinations {
  return { queueOf: async () => queueUrl, async [Symbol.asyncDispose]() {} }
}

/**
 * Returns the destinations that the settings of the service mean: the intake queue, which takes notifications for any
 * client; else the client's own queue (mode 2), or that of the instance that has its session (mode 1).
 */
export function destinationsOf(config: Config, log: Log): Destinations {
  const { SQS_INTAKE_QUEUE_URL: intake, SQS_USER_QUEUE_BASE_URL: base, NOTIFICATION_SERVICE_MODE: mode } = config
  if (intake !== null) return oneQueue(intake)
  if (mode === '2') {
    return { queueOf: async (clientId) => clientQueueUrl(base ?? '', clientId), async [Symbol.asyncDispose]() {} }
  }
  const pool = openPool({ ...databaseOf(config), log })
  const sessions = createSessionsTable({ pool })
  return {
    queueOf: async (clientId) => (await sessions.find([clientId])).get(clientId)?.queueUrl ?? null,
    [Symbol.asyncDispose]: () => pool.close(),
  }
}
