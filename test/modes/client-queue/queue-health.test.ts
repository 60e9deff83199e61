import t from 'tap'
import { QueueHealth } from '../../../src/modes/client-queue/queue-health.ts'
import { LogBook } from '../../support/log-book.ts'

function world() {
  let now = 0
  let answer = 'ok'
  let looks = 0
  const log = new LogBook()
  const health = new QueueHealth({
    clock: { now: () => now, after: () => () => {} },
    log,
    look: async () => {
      looks += 1
      return answer
    },
  })
  return {
    log,
    health,
    pass: (ms: number) => {
      now += ms
    },
    answers: (word: string) => {
      answer = word
    },
    looks: () => looks,
  }
}

t.test('while nobody is here SQS is asked, and not at every look', async (t) => {
  const { health, pass, answers, looks } = world()
  t.equal(await health.finding(), 'ok')
  answers('AccessDenied')
  t.equal(await health.finding(), 'ok')
  t.equal(looks(), 1)
  pass(5_000)
  t.match(await health.finding(), { code: 'ERROR_SQS_UNEXPECTED_ERROR', reason: /AccessDenied/ })
})

t.test('the trouble of one client is not the trouble of the instance, that of most is', async (t) => {
  const { health, looks } = world()
  for (const url of ['a', 'b', 'c']) health.changed(url, null, 'ok')
  health.changed('a', 'ok', 'AccessDenied')
  t.equal(await health.finding(), 'ok')
  health.changed('b', 'ok', 'ECONNREFUSED')
  health.changed('c', 'ok', 'ECONNREFUSED')
  t.match(await health.finding(), { reason: 'receiving from the queues fails for 3 of 3 clients: ECONNREFUSED' })
  health.changed('b', 'ECONNREFUSED', null)
  health.changed('c', 'ECONNREFUSED', 'ok')
  t.equal(await health.finding(), 'ok', 'one of two')
  t.equal(looks(), 0)
})

t.test('a queue that is missing is no trouble', async (t) => {
  const { health, log } = world()
  health.changed('a', null, 'missing')
  health.changed('b', null, 'missing')
  t.equal(await health.finding(), 'ok')
  health.changed('a', 'missing', 'ok')
  health.changed('a', 'ok', null)
  health.changed('b', 'missing', null)
  t.same(log.lines, [])
})

t.test('a reason is told once, however many queues have it, and the end of all trouble is told', async (t) => {
  const { health, log, pass } = world()
  const urls = ['a', 'b', 'c', 'd']
  for (const url of urls) health.changed(url, null, 'ExpiredToken')
  t.match(log.lines, [{ level: 'warn', fields: { reason: 'ExpiredToken', queueUrl: 'a' } }])
  for (const url of urls) health.changed(url, 'ExpiredToken', 'ok')
  t.equal(log.count('info'), 1)
  health.changed('a', 'ok', 'ExpiredToken')
  health.changed('a', 'ExpiredToken', 'ok')
  t.equal(log.lines.length, 2, 'a reason that comes back at once is not told again')
  pass(30_000)
  health.changed('a', 'ok', 'ExpiredToken')
  health.changed('b', 'ok', 'AccessDenied')
  t.equal(log.count('warn'), 3, 'another reason is another line')
  health.changed('a', 'ExpiredToken', null)
  t.equal(log.count('info'), 1)
  health.changed('b', 'AccessDenied', null)
  t.equal(log.count('info'), 2)
})
