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

t.test('an outage is told once, however many queues and reasons it has, and so is its end', async (t) => {
  const { health, log, pass } = world()
  const urls = ['a', 'b', 'c', 'd']
  for (const url of urls) health.changed(url, null, 'ECONNRESET')
  for (const url of urls) health.changed(url, 'ECONNRESET', 'ECONNREFUSED')
  const told = { operation: 'receive', reason: 'ECONNRESET', queueUrl: 'a', failingQueues: 1 }
  t.match(log.lines, [{ level: 'warn', fields: told }])
  pass(60_000)
  for (const url of urls) health.changed(url, 'ECONNREFUSED', 'ECONNREFUSED')
  t.match(log.lines[1], { level: 'warn', fields: { reason: 'ECONNREFUSED', failingQueues: 4, sinceSeconds: 60 } })
  for (const url of urls) health.changed(url, 'ECONNREFUSED', 'ok')
  t.equal(log.lines.length, 3)
  t.match(log.lines[2], { level: 'info', fields: { seconds: 60 } })
})

t.test('the queue of one client that comes and goes is told at most twice a minute', async (t) => {
  const { health, log, pass } = world()
  health.changed('a', null, 'ok')
  for (let seconds = 0; seconds < 60; seconds++) {
    health.changed('a', 'ok', 'ExpiredToken')
    health.changed('a', 'ExpiredToken', 'ok')
    pass(1_000)
  }
  t.same([log.count('warn'), log.count('info')], [2, 2])
})

t.test('an outage is not over because the clients that it hit have left', async (t) => {
  const { health, log } = world()
  health.changed('a', null, 'ECONNREFUSED')
  health.changed('a', 'ECONNREFUSED', null)
  t.equal(log.count('info'), 0)
  health.changed('b', null, 'ok')
  t.equal(log.count('info'), 1)
})
