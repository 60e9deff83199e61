import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import t from 'tap'
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
function written({ fallback }: Setting<unknown>): string {
  return fallback === null ? '' : Array.isArray(fallback) ? fallback.join(',') : String(fallback)
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
    PUBLIC_URL: ['ftp://x', 'x', 'https://user:password@x'],
    COGNITO_JWK_URL: ['jwks.json', 'file:///etc/passwd'],
    NOTIFICATION_SERVICE_CLIENT_ID: ['x', '7f0c9a52'],
    SQS_QUEUE_NAME_PREFIX: ['a b', 'a/b', 'x'.repeat(44), 'ü'],
    SQS_DLQ_ARN: ['dead-letters', 'arn:aws:sns:eu-west-1:1:x'],
    JWT_ALGORITHMS: ['none', 'HS256', 'RS256,HS256', ','],
    CORS_ORIGINS: [
      'app.example',
      'https://app.example/',
      'https://app.example/page',
      'https://App.example',
      'https://a@b',
      '*,x',
    ],
    CALLBACK_SECRET: ['short', `${'x'.repeat(32)},short`],
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
  const [url] = problemsOf({ ...required, PUBLIC_URL: 'https://user:password-in-it@x' })
  t.notMatch(url, /password-in-it/, 'a password in a URL is not shown')
})
