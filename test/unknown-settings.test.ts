import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import t from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'
import { editDistance } from '../src/edit-distance.ts'
import { unknownSettings, warnOfUnknownSettings } from '../src/unknown-settings.ts'

t.test('a misspelled setting is found, with the setting that was meant', async (t) => {
  const slips: Record<string, string | null> = {
    DB_PASWORD: 'DB_PASSWORD',
    DB_USERNAME: null,
    JWT_ISSUERS: 'JWT_ISSUER',
    JWT_AUD: null,
    PUBILC_URL: 'PUBLIC_URL',
    LOGLEVEL: 'LOG_LEVEL',
    'LOG-LEVEL': 'LOG_LEVEL',
    log_level: 'LOG_LEVEL',
    Db_Host: 'DB_HOST',
    MAX_HELD_POLL: 'MAX_HELD_POLLS',
    RATE_TICKET: 'RATE_TICKETS',
    RATE_LIMIT: null,
    SQS_QUEUE_PREFIX: null,
    NOTIFICATION_SERVICE_ID: null,
    ADMN_PORT: 'ADMIN_PORT',
    COGNITO_JWKS_URL: 'COGNITO_JWK_URL',
  }
  for (const [name, meant] of Object.entries(slips)) t.same(unknownSettings({ [name]: 'x' }), [{ name, meant }])
})

t.test('a name that is no slip is not found', async (t) => {
  const example = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8'))
  t.same(unknownSettings(example), [], 'the settings')
  const others = [
    'PATH',
    'HOME',
    'HOSTNAME',
    'LANG',
    'PWD',
    'SHLVL',
    'TERM',
    'NODE_ENV',
    'NODE_OPTIONS',
    'POST',
    'HOSTS',
  ]
  for (const name of [...others, 'npm_config_log_level', 'AWS_REGION', 'AWS_ENDPOINT_URL_SQS', 'TZ', 'no_proxy']) {
    t.same(unknownSettings({ [name]: 'x' }), [], name)
  }
})

t.test('the addresses that Kubernetes and Docker give of a service with a name like ours are not found', async (t) => {
  const links = {
    DB_SERVICE_HOST: '10.0.0.1',
    DB_SERVICE_PORT: '5432',
    DB_SERVICE_PORT_POSTGRES: '5432',
    DB_PORT_5432_TCP: 'tcp://10.0.0.1:5432',
    DB_PORT_5432_TCP_ADDR: '10.0.0.1',
    NOTIFICATION_SERVICE_PORT: 'tcp://10.0.0.2:80',
    NOTIFICATION_SERVICE_SERVICE_HOST: '10.0.0.2',
    SQS_PORT: 'tcp://10.0.0.3:4566',
  }
  t.same(unknownSettings(links), [])
  t.same(unknownSettings({ SQS_PORT: '4566' }), [{ name: 'SQS_PORT', meant: null }], 'a port that somebody has set')
})

t.test('each unknown name is warned of without its value', async (t) => {
  const said: unknown[] = []
  warnOfUnknownSettings(
    { warn: (fields, sentence) => said.push({ ...fields, sentence }) },
    { DB_PASWORD: 'secret', SQS_REGION: 'eu' },
  )
  t.match(said, [
    { setting: 'DB_PASWORD', meant: 'DB_PASSWORD', sentence: /no effect/ },
    { setting: 'SQS_REGION', sentence: /no effect/ },
  ])
  t.notMatch(JSON.stringify(said), 'secret')
})

t.test('a start that lacks a setting names the variable that was perhaps meant for it', async (t) => {
  const environment = { COGNITO_JWK_URL: 'https://issuer.example/jwks', SQS_QUEUE_NAME_PREFX: 'notifications' }
  try {
    readConfig(environment)
    t.fail('not refused')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    t.match((error as ConfigError).problems, [
      /^SQS_QUEUE_NAME_PREFIX: set it/,
      /^SQS_QUEUE_NAME_PREFX: .*SQS_QUEUE_NAME_PREFIX is meant$/,
    ])
  }
})

t.test('the distance of two words counts letters that are inserted, removed, replaced or swapped', async (t) => {
  const table: readonly [a: string, b: string, distance: number][] = [
    ['', '', 0],
    ['same', 'same', 0],
    ['same', 'sane', 1],
    ['same', 'sme', 1],
    ['same', 'sames', 1],
    ['same', 'asme', 1],
    ['same', 'emas', 3],
    ['abcd', 'badc', 2],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ]
  for (const [a, b, distance] of table) {
    t.equal(editDistance(a, b, 9), distance, `${a} ${b}`)
    t.equal(editDistance(b, a, 9), distance, `${b} ${a}`)
    t.equal(editDistance(a, b, 2), Math.min(2, distance), 'no further than asked')
  }
})
