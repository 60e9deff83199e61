import type { Issuer } from './issuer.ts'
import type { Postgres } from './postgres.ts'
import type { Sqs } from './sqs.ts'

/** What a service needs of the machine it runs on; its settings come from the stack alone. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TZ', 'LANG', 'TERM', 'COLORTERM', 'NO_COLOR', 'NODE_OPTIONS']

/** fauxqs takes any credentials, and the SDK insists on some. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** The environment of one service of the stack, as an operator would write it. */
export function serviceSettings(parts: {
  readonly port: number
  readonly postgres: Postgres
  readonly sqs: Sqs
  readonly issuer: Issuer
  readonly issuerName: string
}): Record<string, string> {
  const { port, postgres, sqs, issuer } = parts
  const url = `http://127.0.0.1:${port}`
  return {
    ...Object.fromEntries(inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    NOTIFICATION_SERVICE_MODE: '1',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    INSTANCE_ADDRESS: url,
    COGNITO_JWK_URL: issuer.keysUrl,
    JWT_ISSUER: parts.issuerName,
    DB_HOST: '127.0.0.1',
    DB_PORT: String(postgres.port),
    DB_USER: postgres.user,
    DB_PASSWORD: postgres.password,
    DB_NAME: postgres.database,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_REGION: sqs.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SQS_QUEUE_NAME_PREFIX: 'notifications',
    SQS_DLQ_ARN: sqs.deadLetterQueueArn,
    // fauxqs with a data folder loses a message that is made visible at once.
    SQS_GIVE_BACK_SECONDS: '1',
    // A handful of polls need not be answered over several seconds at shutdown.
    DRAIN_SPREAD_SECONDS: '0',
    LOGGING_MODE: 'DEVELOPMENT',
  }
}
