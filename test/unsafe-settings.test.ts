import t from 'tap'
import { readConfig } from '../src/config.ts'
import { unsafeSettings, warnOfUnsafeSettings } from '../src/unsafe-settings.ts'

const required = { COGNITO_JWK_URL: 'https://issuer.example/jwks', SQS_QUEUE_NAME_PREFIX: 'notifications' }
/** The settings that production wants. */
const safe: Readonly<Record<string, string>> = {
  ...required,
  DB_HOST: 'db.example',
  DB_PASSWORD: 'correct horse',
  DB_TLS: 'true',
  PUBLIC_URL: 'https://notifications.example',
  ADMIN_PORT: '9090',
}
const found = (more: Record<string, string>) =>
  Array.from(unsafeSettings(readConfig({ ...safe, ...more })), ({ setting }) => setting)

function said(environment: Record<string, string>) {
  const lines: { level: string; setting?: string; unsafeInProduction?: string[]; sentence: string }[] = []
  const say = (level: string) => (fields: object, sentence: string) => void lines.push({ level, ...fields, sentence })
  warnOfUnsafeSettings({ info: say('info'), warn: say('warn') }, readConfig(environment), environment)
  return lines
}

t.test('a setting is unsafe where its value is, and only there', async (t) => {
  const inMode2 = { NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL: 'https://sqs.example/1/clients' }
  const secret = { WAKE_UP_WEBHOOK_SECRET: 'a secret of the webhook' }
  const table: readonly [about: string, given: Record<string, string>, unsafe: readonly string[]][] = [
    ['the settings of production', {}, []],
    ['the password that everyone knows', { DB_PASSWORD: 'my_password' }, ['DB_PASSWORD']],
    ['no password at all', { DB_PASSWORD: '' }, ['DB_PASSWORD']],
    ['a file with the password', { DB_PASSWORD: '', DB_PASSWORD_FILE: '/run/secrets/db' }, []],
    ['a token as the password', { DB_PASSWORD: '', DB_AUTH: 'iam' }, []],
    ['a socket, at which the system says who connects', { DB_PASSWORD: '', DB_HOST: '/run/pg', DB_TLS: '' }, []],
    [
      'the password in the URL',
      { DATABASE_URL: 'postgresql://u:my_password@h/d', DB_PASSWORD: '', DB_HOST: '', DB_TLS: '' },
      ['DB_PASSWORD', 'DB_TLS'],
    ],
    ['no TLS to another host', { DB_TLS: 'false' }, ['DB_TLS']],
    ['no TLS to an address', { DB_TLS: 'false', DB_HOST: '10.0.0.7' }, ['DB_TLS']],
    ['no TLS to this host', { DB_TLS: 'false', DB_HOST: '127.0.0.1' }, []],
    ['no TLS to this host, by name', { DB_TLS: 'false', DB_HOST: '' }, []],
    ['no TLS to this host, by IPv6', { DB_TLS: 'false', DB_HOST: '::1' }, []],
    ['commits that nobody looks at', { DB_ALLOW_LAZY_COMMIT: 'true' }, ['DB_ALLOW_LAZY_COMMIT']],
    ['keys over http', { COGNITO_JWK_URL: 'http://issuer.example/jwks' }, ['COGNITO_JWK_URL']],
    ['keys over http of this host', { COGNITO_JWK_URL: 'http://localhost:1/jwks' }, []],
    ['no public URL', { PUBLIC_URL: '' }, ['PUBLIC_URL']],
    ['a public URL with http', { PUBLIC_URL: 'http://notifications.example' }, ['PUBLIC_URL']],
    ['a public URL of this host', { PUBLIC_URL: 'http://[::1]:8080' }, []],
    ['pushes to any address', { WAKE_UP_PRIVATE_ADDRESSES: 'true' }, ['WAKE_UP_PRIVATE_ADDRESSES']],
    ['a webhook over http', { ...secret, WAKE_UP_WEBHOOK_URL: 'http://sender.example/wake' }, ['WAKE_UP_WEBHOOK_URL']],
    ['a webhook over http of this host', { ...secret, WAKE_UP_WEBHOOK_URL: 'http://localhost/wake' }, []],
    ['pushes in mode 2, which sends none', { ...inMode2, WAKE_UP_PRIVATE_ADDRESSES: 'true' }, []],
    ['metrics for everyone', { ADMIN_PORT: '' }, ['ADMIN_PORT']],
    ['mode 2, which has no database', { ...inMode2, DB_PASSWORD: '', DB_TLS: '' }, []],
  ]
  for (const [about, given, unsafe] of table) t.same(found(given), unsafe, about)
})

t.test('in production each unsafe setting is warned of in a line that names it and says what to do', async (t) => {
  const lines = said({ ...required, LOGGING_MODE: 'PRODUCTION', DB_HOST: 'db.example' })
  t.same(
    lines.map(({ setting }) => setting),
    ['DB_PASSWORD', 'DB_TLS', 'PUBLIC_URL', 'ADMIN_PORT'],
  )
  for (const { level, setting = '', sentence } of lines) {
    t.equal(level, 'warn')
    t.match(sentence, /: .*(set|use|put|change) /)
    if (setting !== 'ADMIN_PORT') t.match(sentence, setting === 'DB_PASSWORD' ? /DB_PASSWORD_FILE/ : setting)
  }
  t.equal(new Set(lines.map(({ sentence }) => sentence)).size, lines.length)
})

t.test('without LOGGING_MODE one line says what production wants', async (t) => {
  t.match(said({ ...required, LOGGING_MODE: ' ' }), [
    {
      level: 'info',
      unsafeInProduction: ['DB_PASSWORD', 'PUBLIC_URL', 'ADMIN_PORT'],
      sentence: /LOGGING_MODE=PRODUCTION/,
    },
  ])
})

t.test('an operator who chooses DEVELOPMENT or TEST reads nothing of production', async (t) => {
  for (const mode of ['DEVELOPMENT', 'TEST']) t.same(said({ ...required, LOGGING_MODE: mode }), [])
})
