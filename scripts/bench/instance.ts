import { type Issuer, issuerName } from '../stack/issuer.ts'
import { startOnPort } from '../stack/ports.ts'
import type { Postgres } from '../stack/postgres.ts'
import { serviceEntry } from '../stack/project.ts'
import { databaseSettings } from '../stack/settings.ts'
import { type MeasuredServer, startMeasuredServer } from './measured-server.ts'
import type { StandInQueue } from './queue.ts'
import type { StandInSqs } from './sqs.ts'

const queueNamePrefix = 'bench'

/** The parts that every instance under test needs, and the tokens of its clients. */
export interface InstanceNeeds {
  readonly postgres: Postgres
  readonly issuer: Issuer
  readonly tokens: readonly string[]
  /** The flags of Node.js. */
  readonly nodeFlags: readonly string[]
}

/** An instance of the service under test. */
export interface MeasuredInstance extends MeasuredServer {
  /** The queue that reaches its clients. */
  readonly queue: StandInQueue
}

/** Starts an instance in its default configuration, with these settings besides, and the queues of this process. */
export async function startInstance(
  { nodeFlags, ...parts }: InstanceNeeds,
  sqs: { readonly server: StandInSqs; readonly endpoint: string },
  more: Readonly<Record<string, string>> = {},
): Promise<MeasuredInstance> {
  const server = await startOnPort([], (port) =>
    startMeasuredServer([...nodeFlags, serviceEntry], { ...settings(parts, sqs.endpoint, port), ...more }),
  )
  const response = await fetch(`http://127.0.0.1:${server.port}/health`, { signal: AbortSignal.timeout(10_000) })
  const { instanceId } = (await response.json()) as { instanceId: string }
  return { ...server, queue: sqs.server.queue(`${queueNamePrefix}-${instanceId}`) }
}

function settings(
  { postgres, issuer }: Pick<InstanceNeeds, 'postgres' | 'issuer'>,
  endpoint: string,
  port: number,
): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: String(port),
    INSTANCE_ADDRESS: `http://127.0.0.1:${port}`,
    COGNITO_JWK_URL: issuer.keysUrl,
    JWT_ISSUER: issuerName,
    ...databaseSettings(postgres),
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    SQS_QUEUE_NAME_PREFIX: queueNamePrefix,
    LOGGING_MODE: 'PRODUCTION',
    LOG_LEVEL: 'info',
    // No clients are left after a round, so there is nothing to spread.
    DRAIN_SPREAD_SECONDS: '0',
  }
}
