import t from 'tap'
import { OutageLog } from '../../src/delivery/outage-log.ts'

t.test('an outage is one line when it begins, one a minute while it lasts, and one when it ends', async (t) => {
  let now = 0
  const lines: [string, object, string][] = []
  const outage = new OutageLog({
    clock: { now: () => now, after: () => () => {} },
    log: {
      info: (fields, sentence) => lines.push(['info', fields, sentence]),
      warn: (fields, sentence) => lines.push(['warn', fields, sentence]),
    },
    failing: 'the database does not answer',
    recovered: 'the database answers again',
  })
  outage.worked()
  t.same(lines, [], 'while nothing fails nothing is said')
  for (; now < 90_000; now += 100) outage.failed(new Error(`failure at ${now}`), { operation: 'heartbeat' })
  outage.worked()
  outage.worked()
  outage.failed('again')
  outage.worked({ queueUrl: 'q' })
  outage.failed(null, { reason: 'ECONNREFUSED' })
  t.match(lines, [
    ['warn', { err: { message: 'failure at 0' }, operation: 'heartbeat' }, 'the database does not answer'],
    ['warn', { err: { message: 'failure at 60000' }, failures: 601, sinceSeconds: 60 }, 'the database does not answer'],
    ['info', { failures: 900, seconds: 90 }, 'the database answers again'],
    ['warn', { err: 'again' }, 'the database does not answer'],
    ['info', { queueUrl: 'q', failures: 1 }, 'the database answers again'],
    ['warn', { reason: 'ECONNREFUSED', err: undefined }, 'the database does not answer'],
  ])
  t.equal(lines.length, 6)
})
