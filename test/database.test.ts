import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'
import { databaseOf } from '../src/database.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const required = { COGNITO_JWK_URL: 'https://issuer.example/jwks', SQS_QUEUE_NAME_PREFIX: 'notifications' }
type Environment = Record<string, string>

const read = (environment: Environment) => databaseOf(readConfig({ ...required, ...environment }))

function problems(environment: Environment): readonly string[] {
  try {
    readConfig({ ...required, ...environment })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

t.test('the defaults are those of the earlier service', async (t) => {
  t.match(read({}), {
    ...{ host: 'localhost', port: 5432, user: 'my_user', password: 'my_password', database: 'message_service' },
    ...{ schema: 'public', sslMode: 'disable', caFile: null },
  })
})

t.test('a URL gives the parts that it has, and the other settings give the rest', async (t) => {
  t.match(read({ DATABASE_URL: 'postgresql://u@h', DB_PASSWORD: ' with blanks ', DB_NAME: 'd' }), {
    ...{ host: 'h', port: 5432, user: 'u', password: ' with blanks ', database: 'd', sslMode: 'disable' },
  })
  t.equal(read({ DATABASE_URL: 'postgresql://h?sslmode=require' }).sslMode, 'require')
  t.equal(read({ DATABASE_URL: 'postgresql://h', DB_TLS: 'true' }).sslMode, 'verify-full')
  t.equal(read({ DATABASE_URL: 'postgresql://h', DB_HOST: 'h' }).host, 'h', 'the same value twice is no contradiction')
})

t.test('settings that contradict each other are refused by name, all at once', async (t) => {
  const url = 'postgresql://u:hunter2@h:1/d?sslmode=require&sslrootcert=/a.pem'
  const rows: [Environment, string[]][] = [
    [
      {
        ...{ DATABASE_URL: url, DB_HOST: 'other', DB_PORT: '2', DB_USER: 'v', DB_PASSWORD: 'x', DB_NAME: 'e' },
        ...{ DB_TLS: 'true', DB_CA_FILE: '/b.pem' },
      },
      ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASSWORD', 'DB_NAME', 'DB_CA_FILE', 'DB_TLS'],
    ],
    [{ DATABASE_URL: url, DB_PASSWORD_FILE: '/run/secret' }, ['DB_PASSWORD_FILE']],
    [{ DATABASE_URL: 'mysql://u:hunter2@h/d' }, ['DATABASE_URL']],
    [{ DB_PASSWORD: 'x', DB_PASSWORD_FILE: '/run/secret' }, ['DB_PASSWORD']],
    [{ DB_CA_FILE: '/ca.pem' }, ['DB_TLS']],
    [{ DB_HOST: '/run/postgresql', DB_TLS: 'true' }, ['DB_TLS']],
    [{ DB_HOST: `/${'x'.repeat(100)}` }, ['DB_HOST']],
    [{ DB_AUTH: 'iam' }, ['DB_TLS']],
    [{ DB_AUTH: 'iam', DB_TLS: 'true', DB_PASSWORD: 'x' }, ['DB_PASSWORD']],
    [{ DB_AUTH: 'iam', DB_TLS: 'true', DB_PASSWORD_FILE: '/x' }, ['DB_PASSWORD_FILE']],
    [{ DB_AUTH: 'iam', DATABASE_URL: 'postgresql://u:hunter2@h/d?sslmode=verify-full' }, ['DATABASE_URL']],
    [{ DB_AUTH: 'kerberos' }, ['DB_AUTH']],
    [{ DB_SCHEMA: 'pg_mine' }, ['DB_SCHEMA']],
    [{ DB_SCHEMA: 'a.b' }, ['DB_SCHEMA']],
    [{ PGTARGETSESSIONATTRS: 'any' }, ['PGTARGETSESSIONATTRS']],
  ]
  for (const [environment, names] of rows) {
    const found = problems(environment)
    t.same(
      found.map((line) => line.split(':')[0]),
      names,
      JSON.stringify(environment),
    )
    t.notMatch(found.join('\n'), /hunter2/)
  }
})

t.test('the database has no say in mode 2', async (t) => {
  const mode = { NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL: 'https://sqs.example/1/clients' }
  t.same(problems({ ...mode, DATABASE_URL: 'mysql://somebody/else', DB_HOST: 'x', DB_AUTH: 'iam' }), [])
})

t.test('the password in a file is read for every connection, without the line break at its end', async (t) => {
  const file = join(await temporaryFolder(t), 'password')
  const { password } = read({ DB_PASSWORD_FILE: file })
  if (typeof password !== 'function') throw new Error('not read from the file')
  await t.rejects(password(), {
    message: /^the file of DB_PASSWORD_FILE cannot be read: ENOENT/,
    cause: { code: 'ENOENT' },
  })
  await writeFile(file, ' first \n')
  t.equal(await password(), ' first ')
  await writeFile(file, 'second')
  t.equal(await password(), 'second')
})

t.test('IAM signs a token for the place and the user, anew for every connection', async (t) => {
  const before = { ...process.env }
  t.teardown(() => {
    process.env = before
  })
  Object.assign(process.env, { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' })
  const { password } = read({ DB_AUTH: 'iam', DB_TLS: 'true', DB_HOST: 'db.rds.amazonaws.com', DB_USER: 'jane' })
  if (typeof password !== 'function') throw new Error('not signed')
  const token = new URL(`https://${await password()}`)
  t.equal(token.host, 'db.rds.amazonaws.com:5432')
  t.match(Object.fromEntries(token.searchParams), {
    ...{
      Action: 'connect',
      DBUser: 'jane',
      'X-Amz-Expires': '900',
      'X-Amz-Credential': /^AKID\/\d+\/eu-west-1\/rds-db\//,
    },
  })
})
