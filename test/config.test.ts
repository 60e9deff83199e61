import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import t from 'tap'
import { newVapidKeys } from '../src/adapters/push/vapid.ts'
import { type Config, ConfigError, readConfig } from '../src/config.ts'
import type { Setting } from '../src/setting.ts'
import { settings } from '../src/settings.ts'

const required = { COGNITO_JWK_URL: 'https://issuer.example/jwks', SQS_QUEUE_NAME_PREFIX: 'notifications' }
const read = (more: Record<string, string> = {}): Config => readConfig({ ...required, ...more })
const table = Object.entries<Setting<unknown>>(settings)
const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')

/** Returns the problems of the settings. */
function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** Returns a default as it is written in the environment. */
function written({ fallback, fallbackText = '' }: Setting<unknown>): string {
  if (Array.isArray(fallback)) return fallback.join(',')
  // A rate has a form of its own, which is also how it is told.
  if (typeof fallback === 'object') return fallback === null ? '' : fallbackText
  return String(fallback)
}

t.test('.env.example has every setting and no other, with its meaning and its default', async (t) => {
  t.same(Object.keys(parseEnv(example)).sort(), Object.keys(settings).sort())
  for (const [name, setting] of table) {
    const { about, fallbackText = '' } = setting
    const said = fallbackText === '' || fallbackText === written(setting) ? '' : ` (default: ${fallbackText})`
    t.ok(example.includes(`\n# ${about}${said}\n${name}=${written(setting)}\n`), name)
  }
})

t.test('.env.example sets every setting to its default', async (t) => {
  t.same(readConfig({ ...parseEnv(example), ...required }), read())
})

t.test('every setting is described in one line', async (t) => {
  for (const [name, { about }] of table) t.match(about, /^[^\n]{10,160}$/, name)
})

t.test('every default is accepted by its own parser', async (t) => {
  for (const [name, setting] of table) {
    if (written(setting) !== '') t.same(setting.parse(written(setting)), setting.fallback, name)
  }
})

t.test('the settings of the earlier service keep their names and defaults', async (t) => {
  t.match(read(), {
    PORT: 8080,
    DB_HOST: 'localhost',
    DB_PORT: 5432,
    DB_USER: 'my_user',
    DB_PASSWORD: 'my_password',
    DB_NAME: 'message_service',
    LOGGING_MODE: 'DEVELOPMENT',
    MAX_TIMEOUT_SECONDS: 600,
    NOTIFICATION_SERVICE_MODE: '1',
    NOTIFICATION_SERVICE_CLIENT_ID: null,
  })
})

t.test('queues for receipts have names of their own, and URLs of queues', async (t) => {
  const [a, b] = ['https://sqs.eu-west-1.amazonaws.com/1/orders', 'http://localhost:4566/000000000000/audit.fifo']
  t.same(
    [...read({ RECEIPT_QUEUES: `orders=${a}, audit.2=${b}` }).RECEIPT_QUEUES],
    [
      ['orders', a],
      ['audit.2', b],
    ],
  )
  for (const bad of [
    a,
    `=${a}`,
    `a b=${a}`,
    'orders=orders',
    `orders=${a},orders=${b}`,
    `orders=${a}?x=1`,
    'orders=',
  ]) {
    t.match(problemsOf({ ...required, RECEIPT_QUEUES: bad }), [/^RECEIPT_QUEUES: expected/], bad)
  }
})

t.test('an empty value counts as not set, and blanks around a value are ignored', async (t) => {
  t.equal(read({ PORT: '', DB_HOST: '  ' }).PORT, 8080)
  t.equal(read({ PORT: ' 1234 ' }).PORT, 1234)
})

t.test('all problems are reported at once, each with its setting and the expected form', async (t) => {
  const problems = problemsOf({ PORT: '80a', MAX_POLLS_PER_CLIENT: '0', DB_TLS: 'yes', DB_CA_FILE: '/ca.pem' })
  t.same(
    problems.map((problem) => problem.split(':')[0]),
    ['PORT', 'MAX_POLLS_PER_CLIENT', 'DB_TLS', 'COGNITO_JWK_URL', 'SQS_QUEUE_NAME_PREFIX'],
  )
  t.match(problems[0], /a whole number from 0 to 65535, got "80a"/)
})

t.test('invalid values are refused', async (t) => {
  const bad: Record<string, string[]> = {
    PORT: ['-1', '65536', '1.5', '1e3', '0x10', 'NaN'],
    NOTIFICATION_SERVICE_MODE: ['3', 'one'],
    HOST: ['http://0.0.0.0', '0.0.0.0:8080', 'localhost:8080', '[::1]', 'a b', 'a/b', '*', '-a', 'a..b'],
    PUBLIC_URL: [
      'ftp://x',
      'ws://x',
      'x',
      'app.example',
      '//app.example',
      'https:/app.example',
      'https:app.example',
      'https//app.example',
      'https://',
      'https://user:password@x',
      'https://user@x',
      'https://x?tenant=1',
      'https://x/#top',
      'https://x:0',
      'https://x:99999',
      'http://0.0.0.0:8080',
      'http://[::]:8080',
      'https://a b',
    ],
    INSTANCE_ADDRESS: ['10.0.0.7:8080', 'sqs://x', 'http://0.0.0.0:8080', 'http://[::]:80', 'http://x:0', 'http://x?a'],
    COGNITO_JWK_URL: [
      'jwks.json',
      'file:///etc/passwd',
      'https:/issuer.example/jwks',
      'https://user:password@issuer.example/jwks',
      'https://issuer.example:0/jwks',
      'https://issuer.example/.well-known/openid-configuration',
      'https://issuer.example/realms/a/.well-known/openid-configuration?p=1',
      'https://issuer.example/.well-known/oauth-authorization-server',
    ],
    JWT_ISSUER: [',', ' , '],
    JWT_AUDIENCE: [','],
    SCOPE_CLAIM: [',,'],
    SCOPE_PREFIX: ['a b', 'a,b'],
    NOTIFICATION_SERVICE_CLIENT_ID: ['x', '7f0c9a52'],
    SQS_QUEUE_NAME_PREFIX: ['a b', 'a/b', 'x'.repeat(44), 'ü', 'a.b', 'notifications.fifo', 'https://sqs/1/q'],
    SQS_QUEUE_URL: [
      'notifications',
      'arn:aws:sqs:eu-west-1:123456789012:q',
      'https://sqs.eu-west-1.amazonaws.com',
      'https://sqs.eu-west-1.amazonaws.com/',
      'https://sqs.eu-west-1.amazonaws.com/1/q?Action=x',
      'https://sqs.eu-west-1.amazonaws.com/1/q.txt',
      `https://sqs.eu-west-1.amazonaws.com/1/${'q'.repeat(81)}`,
      'https://sqs.eu-west-1.amazonaws.com/1/ü',
    ],
    SQS_USER_QUEUE_BASE_URL: [
      'clients',
      'https://sqs/1/clients.fifo',
      `https://sqs/1/${'q'.repeat(35)}`,
      'https://sqs/',
    ],
    SQS_DLQ_ARN: [
      'dead-letters',
      'arn:aws:sns:eu-west-1:1:x',
      'https://sqs/1/dead-letters',
      'arn:aws:sqs:eu-west-1:1:a.b',
      `arn:aws:sqs:eu-west-1:1:${'q'.repeat(81)}`,
    ],
    SQS_MAX_RECEIVE_COUNT: ['0', '1001'],
    SQS_GIVE_BACK_SECONDS: ['-1', '61'],
    JWT_ALGORITHMS: ['none', 'HS256', 'RS256,HS256', ','],
    CORS_ORIGINS: [
      'app.example',
      'https://app.example/',
      'https://app.example/page',
      'https://App.example',
      'https://a@b',
      '*,x',
      ',',
      'null',
      'https://app.example:443',
      'http://app.example:80',
      'https://*.example',
      'https://bücher.example',
      'https://',
    ],
    RATE_CALLBACK_URL: [
      '100',
      '100/',
      '/50',
      '0/50',
      '100/0',
      '-1/5',
      '1.5/1',
      '100/50/1',
      '100 / 50',
      'Infinity/1',
      '1/1e3',
    ],
    RATE_TICKETS: ['60:1', '1/0.0'],
    CALLBACK_SECRET: ['short', `${'x'.repeat(32)},short`],
    VAPID_PUBLIC_KEY: ['short', `+${'A'.repeat(86)}`, 'A'.repeat(88)],
    VAPID_PRIVATE_KEY: ['A'.repeat(42), `${'A'.repeat(42)}=`],
    VAPID_SUBJECT: ['ops@example.org', 'mailto:', 'mailto:ops', 'http://example.org', 'https://'],
    WAKE_UP_WEBHOOK_URL: ['sender', 'ftp://sender', 'https://user:password@sender'],
    WAKE_UP_WEBHOOK_SECRET: ['short', `whsec_${'A'.repeat(16)}`],
    WAKE_UP_PRIVATE_ADDRESSES: ['yes', '1'],
    LOG_LEVEL: ['loud'],
    SQS_VISIBILITY_TIMEOUT_SECONDS: ['1', '43201'],
  }
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const [problem] = problemsOf({ ...required, [name]: value })
      t.match(problem, new RegExp(`^${name}: expected`), `${name}=${value}`)
    }
  }
})

t.test('values that look odd and are right are accepted as they are', async (t) => {
  const good: Record<string, string[]> = {
    HOST: ['0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'my_host', 'a.b-c.example.'],
    PUBLIC_URL: [
      'https://x',
      'HTTPS://App.Example:443',
      'http://localhost:8080/a/b',
      'https://[::1]:8443',
      'http://_x/',
    ],
    COGNITO_JWK_URL: [
      'https://issuer.example/jwks/',
      'https://issuer.example/keys?appid=a%2Fb&c',
      'https://Issuer.example:443/A%20b//',
      'http://localhost:1/',
      'https://x.example/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    ],
    SQS_QUEUE_URL: [
      'https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo',
      'http://sqs.us-east-1.localhost:4566/000000000000/q',
      'http://localhost:9324/queue/q/',
    ],
    JWT_ISSUER: ['https://issuer.example/,accounts.google.com'],
    SCOPE_PREFIX: ['https://api.example.org/', 'api'],
    CORS_ORIGINS: [
      '*',
      'http://localhost:5173,https://app.example:8443',
      'capacitor://localhost',
      'https://xn--bcher-kva.de',
    ],
  }
  for (const [name, values] of Object.entries(good)) {
    for (const value of values) {
      t.same(problemsOf({ ...required, [name]: value }), [], `${name}=${value}`)
      const kept = read({ [name]: value })[name as keyof Config]
      const isBase = name === 'PUBLIC_URL'
      t.equal(String(kept), isBase ? value.replace(/\/+$/, '') : value, 'unchanged')
    }
  }
})

t.test('settings that can never work together are refused by name', async (t) => {
  const arn = (name: string, region = 'eu-west-1') => `arn:aws:sqs:${region}:123456789012:${name}`
  const url = (name: string, region = 'eu-west-1') => `https://sqs.${region}.amazonaws.com/123456789012/${name}`
  const mode2 = { NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL: url('clients') }
  const region = { AWS_REGION: 'eu-west-1' }
  const emulator = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4566' }
  const table: readonly [about: string, given: Record<string, string>, problem: RegExp | null][] = [
    [
      'a wait that is cut',
      { DEFAULT_WAIT_SECONDS: '30', MAX_TIMEOUT_SECONDS: '20' },
      /^DEFAULT_WAIT_SECONDS: .* \(20\)/,
    ],
    ['the default wait, cut', { MAX_TIMEOUT_SECONDS: '20' }, null],
    [
      'a grace as long as the lease',
      { AUTO_ACK_GRACE_MS: '2000', SQS_VISIBILITY_TIMEOUT_SECONDS: '2' },
      /^AUTO_ACK_GRACE_MS: /,
    ],
    ['a grace shorter than the lease', { AUTO_ACK_GRACE_MS: '1999', SQS_VISIBILITY_TIMEOUT_SECONDS: '2' }, null],
    ['dead letters of a FIFO queue', { SQS_DLQ_ARN: arn('dead.fifo') }, /^SQS_DLQ_ARN: name a standard queue/],
    ['FIFO queues throughout', { SQS_DLQ_ARN: arn('dead.fifo'), SQS_QUEUE_URL: url('q.fifo') }, null],
    ['its own dead letters', { SQS_DLQ_ARN: arn('q'), SQS_QUEUE_URL: url('q') }, /^SQS_DLQ_ARN: name another queue/],
    ['its own dead letters, with a slash', { SQS_DLQ_ARN: arn('q'), SQS_QUEUE_URL: `${url('q')}/` }, /^SQS_DLQ_ARN: /],
    [
      'dead letters in the queue of a client',
      { ...mode2, SQS_DLQ_ARN: arn('clients-dead') },
      /^SQS_DLQ_ARN: .* client dead$/,
    ],
    ['dead letters beside the clients', { ...mode2, SQS_DLQ_ARN: arn('clients-dlq') }, null],
    ['no dead letters', { SQS_DLQ_ARN: 'none', SQS_QUEUE_URL: url('q') }, null],
    [
      'the queue of its own default dead letters',
      { SQS_QUEUE_NAME_PREFIX: 'n', SQS_QUEUE_URL: url('n-dlq') },
      /^SQS_DLQ_ARN: name another queue/,
    ],
    ['dead letters elsewhere', { ...mode2, SQS_DLQ_ARN: arn('dead-letters') }, null],
    [
      'queues that the service creates, and dead letters of a FIFO queue',
      { ...mode2, SQS_USER_QUEUE_AUTO_CREATE: 'true', SQS_DLQ_ARN: arn('dead.fifo') },
      /^SQS_DLQ_ARN: name a standard queue/,
    ],
    [
      'a queue of another region',
      { ...region, SQS_QUEUE_URL: url('q', 'us-east-1') },
      /^SQS_QUEUE_URL: .*us-east-1.*eu-west-1/,
    ],
    [
      'queues of clients in another region',
      { ...region, ...mode2, SQS_USER_QUEUE_BASE_URL: url('clients', 'us-east-1') },
      /^SQS_USER_QUEUE_BASE_URL: .*us-east-1/,
    ],
    [
      'dead letters in another region',
      { ...region, SQS_DLQ_ARN: arn('dead', 'us-east-1') },
      /^SQS_DLQ_ARN: .*us-east-1$/,
    ],
    ['the same region', { ...region, SQS_QUEUE_URL: url('q'), SQS_DLQ_ARN: arn('dead') }, null],
    [
      'an emulator, whose addresses say anything',
      { ...emulator, SQS_QUEUE_URL: url('q'), SQS_DLQ_ARN: arn('dead') },
      null,
    ],
    ['one port for clients and operators', { PORT: '8080', ADMIN_PORT: '8080' }, /^ADMIN_PORT: set it to another port/],
    ['one port at two addresses', { PORT: '80', HOST: '10.0.0.1', ADMIN_PORT: '80', ADMIN_HOST: '127.0.0.1' }, null],
    ['one port, and every address', { PORT: '80', ADMIN_PORT: '80', ADMIN_HOST: '127.0.0.1' }, /^ADMIN_PORT: /],
    ['free ports', { PORT: '0', ADMIN_PORT: '0' }, null],
    ['an address for operators without a port', { ADMIN_HOST: '127.0.0.1' }, /^ADMIN_PORT: set it, since ADMIN_HOST/],
    ['a zone in place of a region', { AWS_REGION: 'eu-west-1a' }, /^AWS_REGION: set it to eu-west-1;/],
    ['an endpoint that is no URL', { AWS_ENDPOINT_URL_SQS: 'localhost:4566' }, /^AWS_ENDPOINT_URL_SQS: expected/],
    ['an endpoint for all services that is no URL', { AWS_ENDPOINT_URL: 'tcp://x' }, /^AWS_ENDPOINT_URL: expected/],
  ]
  for (const [about, given, problem] of table) {
    const problems = problemsOf({ ...required, ...given })
    if (problem === null) t.same(problems, [], about)
    else t.match(problems, [problem], about)
  }
  t.equal(
    problemsOf({ ...required, ...(table[0]?.[1] ?? {}), ...(table[2]?.[1] ?? {}), PORT: 'x' }).length,
    3,
    'all at once',
  )
})

t.test('a setting that another setting requires is asked for', async (t) => {
  const id = '7f0c9a52-6c1b-4e0e-9b8f-2d1a4c3b5e6f'
  const jwks = { COGNITO_JWK_URL: required.COGNITO_JWK_URL }
  t.match(problemsOf({ ...jwks, NOTIFICATION_SERVICE_CLIENT_ID: id }), [
    /^SQS_QUEUE_URL: .*NOTIFICATION_SERVICE_CLIENT_ID/,
  ])
  t.match(problemsOf({ ...jwks, NOTIFICATION_SERVICE_MODE: '2' }), [/^SQS_USER_QUEUE_BASE_URL: set it/])
  t.same(problemsOf({ ...jwks, SQS_QUEUE_URL: 'https://sqs.example/1/q', NOTIFICATION_SERVICE_CLIENT_ID: id }), [])
  t.same(
    problemsOf({ ...jwks, SQS_QUEUE_URL: 'https://sqs.example/1/q' }),
    [],
    'the prefix is not needed with a queue URL',
  )
})

t.test('an invalid secret is not shown', async (t) => {
  const [problem] = problemsOf({ ...required, CALLBACK_SECRET: 'too-short-a-secret' })
  t.notMatch(problem, /too-short-a-secret/)
  for (const name of ['VAPID_PRIVATE_KEY', 'WAKE_UP_WEBHOOK_SECRET', 'WAKE_UP_WEBHOOK_URL']) {
    t.notMatch(problemsOf({ ...required, [name]: 'short:secret' })[0], /short:secret/)
  }
  const [url] = problemsOf({ ...required, PUBLIC_URL: 'https://user:password-in-it@x' })
  t.notMatch(url, /password-in-it/, 'a password in a URL is not shown')
})

t.test('settings of wake-ups that need each other are set together', async (t) => {
  const [keys, others] = [newVapidKeys(), newVapidKeys()]
  const pair = { VAPID_PUBLIC_KEY: keys.publicKey, VAPID_PRIVATE_KEY: keys.privateKey }
  const subject = { VAPID_SUBJECT: 'mailto:ops@example.org' }
  t.match(problemsOf({ ...required, VAPID_PUBLIC_KEY: keys.publicKey }), [/^VAPID_PRIVATE_KEY: set it/])
  t.match(problemsOf({ ...required, VAPID_PRIVATE_KEY: keys.privateKey }), [/^VAPID_PUBLIC_KEY: set it/])
  t.match(problemsOf({ ...required, ...pair }), [/^VAPID_SUBJECT: set it/])
  t.match(problemsOf({ ...required, ...pair, PUBLIC_URL: 'http://localhost' }), [/^VAPID_SUBJECT: set it/])
  t.match(problemsOf({ ...required, ...pair, ...subject, VAPID_PRIVATE_KEY: others.privateKey }), [
    /^VAPID_PRIVATE_KEY: .*the private key of VAPID_PUBLIC_KEY/,
  ])
  t.match(problemsOf({ ...required, ...pair, ...subject, VAPID_PRIVATE_KEY: 'A'.repeat(43) }), [
    /^VAPID_PRIVATE_KEY: .*the private key of VAPID_PUBLIC_KEY/,
  ])
  t.same(problemsOf({ ...required, ...pair, ...subject }), [])
  t.same(problemsOf({ ...required, ...pair, PUBLIC_URL: 'https://notifications.example.org' }), [])
  const webhook = { WAKE_UP_WEBHOOK_URL: 'http://sender/wake' }
  const secret = { WAKE_UP_WEBHOOK_SECRET: 'a secret of many characters' }
  t.match(problemsOf({ ...required, ...webhook }), [/^WAKE_UP_WEBHOOK_SECRET: set it/])
  t.match(problemsOf({ ...required, ...secret }), [/^WAKE_UP_WEBHOOK_URL: set it/])
  t.same(problemsOf({ ...required, ...webhook, ...secret }), [])
})

t.test('several instances cannot have what only one can have', async (t) => {
  const faults: readonly (readonly [Record<string, string>, RegExp])[] = [
    [
      { NOTIFICATION_SERVICE_CLIENT_ID: '7f0c9a52-6c1b-4e0e-9b8f-2d1a4c3b5e6f', SQS_QUEUE_URL: 'http://sqs/1/q' },
      /^NOTIFICATION_SERVICE_CLIENT_ID: .*INSTANCES/,
    ],
    [{ SQS_QUEUE_URL: 'http://sqs/1/q' }, /^SQS_QUEUE_URL: .*INSTANCES/],
    [{ PORT: '65533' }, /^PORT: .*65532/],
    [{ PORT: '0', INSTANCE_ADDRESS: 'http://10.0.0.7:8080' }, /^PORT: .*INSTANCE_ADDRESS/],
    [{ INSTANCE_ADDRESS: 'http://10.0.0.7:65533' }, /^INSTANCE_ADDRESS: .*65532/],
    [{ ADMIN_PORT: '65534' }, /^ADMIN_PORT: .*65533/],
    [{ PORT: '8080', ADMIN_PORT: '8083' }, /^ADMIN_PORT: .*above 8083/],
    [{ PORT: '8080', ADMIN_PORT: '8078' }, /^ADMIN_PORT: .*above 8083/],
    [{ INSTANCES: '0' }, /^INSTANCES: .*1 to 64/],
  ]
  for (const [settings, fault] of faults) {
    t.match(problemsOf({ ...required, INSTANCES: '3', ...settings })[0], fault, JSON.stringify(settings))
    if (!('INSTANCES' in settings) && !('SQS_QUEUE_URL' in settings))
      t.same(problemsOf({ ...required, ...settings }), [])
  }
  for (const fine of [{ ADMIN_PORT: '8084' }, { ADMIN_PORT: '8077' }, { ADMIN_PORT: '0' }, { PORT: '0' }] as const) {
    t.same(problemsOf({ ...required, INSTANCES: '3', ...fine }), [], JSON.stringify(fine))
  }
})
