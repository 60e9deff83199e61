import type { Issuer } from './issuer.ts'
import type { Postgres } from './postgres.ts'
import type { Sqs } from './sqs.ts'

/** The variables that a service needs of its machine; its settings come from the stack alone. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TZ', 'LANG', 'TERM', 'COLORTERM', 'NO_COLOR', 'NODE_OPTIONS']

/** fauxqs takes any credentials, and the SDK insists on some. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** fauxqs with a data folder loses a message that is made visible at once. */
export const giveBackSeconds = '1'

/** The environment of one service of the stack, as an operator would write it. */
export function serviceSettings(parts: {
  readonly port: number
  /** Null in mode 2, which has no database. */
  readonly postgres: Postgres | null
  readonly sqs: Sqs
  readonly issuer: Issuer
  readonly issuerName: string
}): Record<string, string> {
  const { port, postgres, sqs, issuer } = parts
  const url = `http://127.0.0.1:${port}`
  return {
    ...Object.fromEntries(inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    INSTANCE_ADDRESS: url,
    COGNITO_JWK_URL: issuer.keysUrl,
    JWT_ISSUER: parts.issuerName,
    ...(postgres === null ? clientQueues(sqs) : instanceQueues(postgres)),
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_REGION: sqs.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SQS_DLQ_ARN: sqs.deadLetterQueueArn,
    SQS_INTAKE_QUEUE_URL: sqs.intakeQueueUrl,
    SQS_GIVE_BACK_SECONDS: giveBackSeconds,
    // A handful of polls need not be answered over several seconds at shutdown.
    DRAIN_SPREAD_SECONDS: '0',
    LOGGING_MODE: 'DEVELOPMENT',
  }
}

function instanceQueues(postgres: Postgres): Record<string, string> {
  return {
    NOTIFICATION_SERVICE_MODE: '1',
    ...databaseSettings(postgres),
    SQS_QUEUE_NAME_PREFIX: 'notifications',
  }
}

function clientQueues(sqs: Sqs): Record<string, string> {
  return {
    NOTIFICATION_SERVICE_MODE: '2',
    SQS_USER_QUEUE_BASE_URL: sqs.clientQueueBaseUrl,
    SQS_USER_QUEUE_AUTO_CREATE: 'true',
    CALLBACK_SECRET: 'seals the callback URLs of a local stack',
  }
}

/** How a service reaches a database of a stack, a test or the benchmark. */
export function databaseSettings(
  postgres: Pick<Postgres, 'port' | 'user' | 'password' | 'database'>,
): Record<string, string> {
  return {
    DB_HOST: '127.0.0.1',
    DB_PORT: String(postgres.port),
    DB_USER: postgres.user,
    DB_PASSWORD: postgres.password,
    DB_NAME: postgres.database,
    // A server whose data nobody keeps does not wait for the disk.
    DB_ALLOW_LAZY_COMMIT: 'true',
  }
}
