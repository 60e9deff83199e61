import t from 'tap'
import { pause } from '../../src/adapters/clock.ts'
import { mayPass, untilBegun } from '../../src/modes/starting.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { LogBook } from '../support/log-book.ts'

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

t.test('a start that is called off waits for its last try no longer than that may take', async (t) => {
  for (const lastTryMs of [0, 3_000]) {
    const clock = new FakeClock()
    const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
    const needs = { clock, random: () => 0, sleep, log: new LogBook(), lastTryMs }
    const stop = new AbortController()
    let ended: unknown = null
    const begun = untilBegun(() => new Promise(() => {}), needs, stop.signal).catch((reason) => {
      ended = reason
    })
    clock.pass(60_000)
    stop.abort('called off')
    clock.pass(Math.max(0, lastTryMs - 1))
    await new Promise((resolve) => setImmediate(resolve))
    t.equal(ended, lastTryMs === 0 ? 'called off' : null)
    clock.pass(1)
    await begun
    t.equal(ended, 'called off')
    t.equal(clock.pending, 0)
  }
})
