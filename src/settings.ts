import { defaultAddresseePointer } from './delivery/intake/event-bridge.ts'
import {
  baseUrl,
  httpUrl,
  jsonPointer,
  keySetUrl,
  list,
  listenAddress,
  listOf,
  oneOf,
  origins,
  reachableUrl,
  type Setting,
  setting,
  text,
  uuid,
  wholeNumber,
  word,
  words,
  yesOrNo,
} from './setting.ts'

const aDay = 86_400
/** The value of `SQS_DLQ_ARN` that says that no dead-letter queue is wanted. */
export const noDlq = 'none'

/** Every setting of the service. A test holds `.env.example` and the README to this table. */
export const settings = {
  NOTIFICATION_SERVICE_MODE: setting({
    about: '1: one SQS queue per instance, sessions in PostgreSQL. 2: one SQS queue per client, no database',
    parse: oneOf('1', '2'),
    fallback: '1',
  }),

  HOST: setting({ about: 'address the API listens on', parse: listenAddress, fallback: '0.0.0.0' }),
  PORT: setting({
    about: 'port the API listens on; 0 takes a free one',
    parse: wholeNumber(0, 65_535),
    fallback: 8080,
  }),
  ADMIN_HOST: setting<string | null>({
    about: 'address the admin port listens on',
    parse: listenAddress,
    fallback: null,
    fallbackText: 'HOST',
  }),
  ADMIN_PORT: setting<number | null>({
    about: 'port for operators: /metrics and /docs move to it, and /health is served there as well; 0 takes a free one',
    parse: wholeNumber(0, 65_535),
    fallback: null,
    fallbackText: 'everything is at PORT',
  }),
  DOCS: setting<'on' | 'off'>({
    about: 'serve the contract at /openapi.yaml and a page to read it at /docs: on or off',
    parse: oneOf('on', 'off'),
    fallback: 'on',
  }),
  KEEP_ALIVE_SECONDS: setting({
    about: 'time an idle connection is kept open, in seconds; longer than the idle time of the balancer in front',
    parse: wholeNumber(1, 3600),
    fallback: 75,
  }),
  MAX_CONNECTIONS: setting({
    about: 'maximum number of open connections; further ones are closed at once',
    parse: wholeNumber(1, 1_000_000),
    fallback: 60_000,
  }),
  PUBLIC_URL: setting<string | null>({
    about: 'URL at which clients and callers reach this service; callback URLs begin with it',
    parse: reachableUrl,
    fallback: null,
    fallbackText: 'INSTANCE_ADDRESS',
  }),
  INSTANCE_ADDRESS: setting<string | null>({
    about: 'URL at which other instances reach this one',
    parse: reachableUrl,
    fallback: null,
    fallbackText: "http:// with HOST, or this machine's first address that is not loopback, and the port",
  }),
  CORS_ORIGINS: setting<readonly string[]>({
    about: 'origins of browser pages that may call the API, separated by commas; * allows every origin',
    parse: origins,
    fallback: [],
    fallbackText: 'none',
  }),

  COGNITO_JWK_URL: setting<string | null>({
    about: "URL of the token issuer's JSON Web Key Set, used exactly as it is given (required)",
    parse: keySetUrl,
    fallback: null,
    fallbackText: '',
  }),
  JWT_ISSUER: setting<readonly string[] | null>({
    about: 'accepted `iss`, separated by commas, each written as in the tokens',
    parse: words,
    fallback: null,
    fallbackText: 'not checked',
  }),
  JWT_AUDIENCE: setting<readonly string[] | null>({
    about: 'accepted `aud` (or `client_id`, where a token has no `aud`), separated by commas',
    parse: words,
    fallback: null,
    fallbackText: 'not checked',
  }),
  JWT_ALGORITHMS: setting({
    about: 'accepted signature algorithms, separated by commas',
    parse: listOf('RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'),
    fallback: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
    fallbackText: 'RS256,RS384,RS512,ES256,ES384,ES512',
  }),
  CLIENT_ID_CLAIM: setting({ about: 'claim of the token that holds the client id', parse: text, fallback: 'sub' }),
  SCOPE_CLAIM: setting<readonly string[]>({
    about: 'claims of the token that hold its scopes, separated by commas; each is text separated by blanks, or a list',
    parse: words,
    fallback: ['scope', 'scp'],
    fallbackText: 'scope,scp',
  }),
  SCOPE_PREFIX: setting<string | null>({
    about: 'the only resource server whose scopes count, as in `<resource server>/sessions:read`',
    parse: word,
    fallback: null,
    fallbackText: 'any',
  }),

  DEFAULT_WAIT_SECONDS: setting({
    about: 'how long a poll without a wait of its own is held, in seconds',
    parse: wholeNumber(0, 3600),
    fallback: 25,
  }),
  MAX_TIMEOUT_SECONDS: setting({
    about: 'maximum time a poll is held, in seconds',
    parse: wholeNumber(1, 3600),
    fallback: 600,
  }),
  AUTO_ACK_GRACE_MS: setting({
    about: 'ack=auto: time after a response in which its connection must not fail, in milliseconds',
    parse: wholeNumber(0, 60_000),
    fallback: 1000,
  }),
  SESSION_LINGER_SECONDS: setting({
    about: 'how long a session outlives the last poll of its client, in seconds',
    parse: wholeNumber(0, 3600),
    fallback: 30,
  }),
  MAX_HELD_POLLS: setting({
    about: 'maximum number of polls this instance holds at once; more are refused with 429',
    parse: wholeNumber(1, 1_000_000),
    fallback: 18_000,
  }),
  MAX_POLLS_PER_CLIENT: setting({
    about: 'maximum number of polls one client holds at once; more are refused with 429',
    parse: wholeNumber(1, 1000),
    fallback: 10,
  }),
  MAX_LEASED_BYTES: setting({
    about:
      'memory for notifications that are not yet acknowledged, in bytes; further ones wait in their queue or table',
    parse: wholeNumber(1_048_576, 17_179_869_184),
    fallback: 67_108_864,
  }),
  MAX_BODY_BYTES: setting({
    about: 'maximum size of a request body, in bytes',
    parse: wholeNumber(1024, 1_048_576),
    fallback: 262_144,
  }),
  DRAIN_SPREAD_SECONDS: setting({
    about: 'time over which held polls are answered at shutdown, in seconds',
    parse: wholeNumber(0, 20),
    fallback: 5,
  }),

  NOTIFICATION_SERVICE_CLIENT_ID: setting<string | null>({
    about: 'fixed id of this instance, a UUID; needs SQS_QUEUE_URL',
    parse: uuid,
    fallback: null,
    fallbackText: 'a new id at every start',
  }),
  SQS_QUEUE_NAME_PREFIX: setting<string | null>({
    about:
      'mode 1: first part of the queue names; a dash and the instance id follow (required unless SQS_QUEUE_URL is set)',
    parse: queueNamePrefix,
    fallback: null,
    fallbackText: '',
  }),
  SQS_QUEUE_URL: setting<string | null>({
    about: 'mode 1: an existing queue to receive from, for this instance alone',
    parse: queueUrl,
    fallback: null,
    fallbackText: '',
  }),
  SQS_INTAKE_QUEUE_URL: setting<string | null>({
    about: 'queue that takes messages for any client; every instance receives from it',
    parse: queueUrl,
    fallback: null,
    fallbackText: 'none',
  }),
  SQS_DLQ_ARN: setting<string | null>({
    about:
      'ARN of the dead-letter queue, created by default; none: messages that no client fetches expire in their queue',
    parse: (value) => (value === noDlq ? value : queueArn(value)),
    fallback: null,
    fallbackText: '{SQS_QUEUE_NAME_PREFIX}-dlq',
  }),
  SQS_MAX_RECEIVE_COUNT: setting({
    about: 'how often a message is received before it goes to the dead-letter queue',
    parse: wholeNumber(1, 1000),
    fallback: 5,
  }),
  SQS_VISIBILITY_TIMEOUT_SECONDS: setting({
    about: 'how long a received message is leased, in seconds',
    parse: wholeNumber(2, 43_200),
    fallback: 30,
  }),
  SQS_GIVE_BACK_SECONDS: setting({
    about: 'time after which SQS shows a released message again, in seconds',
    parse: wholeNumber(0, 60),
    fallback: 0,
  }),
  EVENT_ADDRESSEE_POINTER: setting({
    about: 'JSON pointer (RFC 6901) to the addressee in events of Amazon EventBridge',
    parse: jsonPointer,
    fallback: defaultAddresseePointer,
  }),
  SQS_USER_QUEUE_BASE_URL: setting<string | null>({
    about: 'mode 2: first part of the queue URLs; a dash and the client id follow (required in mode 2)',
    parse: queueBaseUrl,
    fallback: null,
    fallbackText: '',
  }),
  SQS_USER_QUEUE_AUTO_CREATE: setting({
    about: 'mode 2: create the queue of a client that does not have one, and the dead-letter queue {base}-dlq',
    parse: yesOrNo,
    fallback: false,
  }),

  DATABASE_URL: setting<string | null>({
    about: 'mode 1: postgresql:// URL of the database; the parts that it leaves out come from the DB_ settings',
    parse: text,
    fallback: null,
    fallbackText: '',
  }),
  DB_HOST: setting({
    about: 'PostgreSQL host (mode 1), or the folder of its socket',
    parse: text,
    fallback: 'localhost',
  }),
  DB_PORT: setting({ about: 'PostgreSQL port', parse: wholeNumber(1, 65_535), fallback: 5432 }),
  DB_USER: setting({ about: 'PostgreSQL user', parse: text, fallback: 'my_user' }),
  DB_PASSWORD: setting({ about: 'PostgreSQL password', parse: text, fallback: 'my_password' }),
  DB_PASSWORD_FILE: setting<string | null>({
    about: 'file with the password of PostgreSQL, instead of DB_PASSWORD; read again for every connection',
    parse: text,
    fallback: null,
    fallbackText: '',
  }),
  DB_AUTH: setting({
    about: 'password, or iam: a token of AWS IAM is the password of a database of RDS; needs DB_TLS=true',
    parse: oneOf('password', 'iam'),
    fallback: 'password',
  }),
  DB_NAME: setting({ about: 'PostgreSQL database', parse: text, fallback: 'message_service' }),
  DB_SCHEMA: setting({
    about: 'schema of the tables; created when it is missing',
    parse: schemaName,
    fallback: 'public',
  }),
  DB_ALLOW_LAZY_COMMIT: setting({
    about: 'be ready although fsync, full_page_writes or synchronous_commit is off and a crash can lose notifications',
    parse: yesOrNo,
    fallback: false,
  }),
  DB_TLS: setting({
    about: "connect to PostgreSQL with TLS and check the server's certificate",
    parse: yesOrNo,
    fallback: false,
  }),
  DB_CA_FILE: setting<string | null>({
    about: 'PEM file of the authority that signed the certificate of PostgreSQL; needs DB_TLS=true',
    parse: text,
    fallback: null,
    fallbackText: "the system's authorities",
  }),

  PENDING_TTL_SECONDS: setting({
    about: 'how long a notification accepted over HTTP waits for its addressee, in seconds',
    parse: wholeNumber(60, 30 * aDay),
    fallback: 7 * aDay,
  }),
  CALLBACK_SECRET: setting<readonly string[]>({
    about:
      'mode 2: secrets for callback ids and tickets, 32 characters or more, separated by commas; the first one seals',
    parse: secrets,
    fallback: [],
    fallbackText: 'registrations and tickets answer 501 in mode 2',
  }),

  LOGGING_MODE: setting({
    about: 'DEVELOPMENT: human-readable. PRODUCTION: JSON lines. TEST: errors only',
    parse: oneOf('DEVELOPMENT', 'TEST', 'PRODUCTION'),
    fallback: 'DEVELOPMENT',
  }),
  LOG_LEVEL: setting<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | null>({
    about: 'minimum level that is logged: trace, debug, info, warn, error or fatal',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    fallback: null,
    fallbackText: 'info; error when LOGGING_MODE=TEST',
  }),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>

/** A plain name of at most PostgreSQL's 63 characters. The names of PostgreSQL's own schemas begin with pg_. */
function schemaName(value: string): string {
  if (!/^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value)) {
    throw new Error('expected 1 to 63 letters, digits or underscores, not beginning with a digit or pg_')
  }
  return value
}

/** Parses a prefix to which a dash and a UUID can be added within the 80 characters of a queue name. */
function queueNamePrefix(value: string): string {
  if (value.endsWith('.fifo')) throw new Error(noFifoName)
  if (!/^[A-Za-z0-9_-]{1,43}$/.test(value)) throw new Error('expected 1 to 43 letters, digits, dashes or underscores')
  return value
}

/** Parses a URL to which a dash and an encoded client id of 45 characters can be added within the 80 characters. */
function queueBaseUrl(value: string): string {
  const url = baseUrl(value)
  if (url.endsWith('.fifo')) throw new Error(noFifoName)
  if (!/^https?:\/\/[^/?#]+\/(?:[^?#]*\/)?[A-Za-z0-9_-]{1,34}$/.test(url)) {
    throw new Error('expected a URL that ends in 1 to 34 letters, digits, dashes or underscores')
  }
  return url
}

const noFifoName = 'expected a name without .fifo: a queue name can only end in it, and here an id follows'

/** Parses the URL of a queue; returns it as it was given. */
function queueUrl(value: string): string {
  if (!/^[^?#]*\/[A-Za-z0-9_-]{1,80}(\.fifo)?\/?$/.test(httpUrl(value).replace(/^https?:\/\/[^/]*/i, ''))) {
    throw new Error(
      'expected the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/notifications',
    )
  }
  return value
}

function queueArn(value: string): string {
  if (!/^arn:[a-z-]+:sqs:[a-z0-9-]+:\d+:[A-Za-z0-9_-]{1,80}$/.test(value.replace(/\.fifo$/, ''))) {
    throw new Error('expected the ARN of a queue, such as arn:aws:sqs:eu-west-1:123456789012:dead-letters')
  }
  return value
}

function secrets(value: string): readonly string[] {
  const parts = list(value)
  if (parts.length === 0 || parts.some((part) => part.length < 32)) throw new Error('expected at least 32 characters')
  return parts
}
