import t from 'tap'
import { mayPass } from '../../src/modes/starting.ts'

const failed = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more })
const pooler = (message: string) => Object.assign(new Error(message), { name: 'PostgresError', code: '08P01' })

t.test('a start waits for what may pass', async (t) => {
  const errors = [
    failed('QueueDeletedRecently'),
    failed('AWS.SimpleQueueService.QueueDeletedRecently'),
    failed('Error', { cause: failed('AWS.SimpleQueueService.QueueDeletedRecently') }),
    failed('ThrottlingException'),
    failed('KMS.AccessDeniedException'),
    failed('Unknown', { $metadata: { httpStatusCode: 503 } }),
    failed('Error', { code: 'ECONNREFUSED' }),
    failed('PostgresError', { code: '53300' }),
    pooler('server login has been failing, try again later (server_login_retry)'),
    pooler('no more connections allowed (max_client_conn)'),
    pooler('pgbouncer cannot connect to server'),
    pooler('query_wait_timeout'),
  ]
  for (const error of errors) t.ok(mayPass(error), `${error.name}: ${error.message}`)
})

t.test('a start ends for what no waiting mends', async (t) => {
  const errors = [
    failed('QueueDoesNotExist'),
    failed('AWS.SimpleQueueService.NonExistentQueue'),
    failed('InvalidParameterValue'),
    failed('Error', { cause: failed('PostgresError', { code: '3D000' }) }),
    pooler('SASL authentication failed'),
    pooler('password authentication failed for user "me"'),
    pooler('no such user: me'),
    pooler('no such database: nothing'),
    pooler('database "nothing" does not exist'),
    new TypeError('a mistake of ours'),
  ]
  for (const error of errors) t.notOk(mayPass(error), `${error.name}: ${error.message}`)
})
