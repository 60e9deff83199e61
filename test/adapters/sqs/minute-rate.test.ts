import t from 'tap'
import { MinuteRate } from '../../../src/adapters/sqs/minute-rate.ts'

t.test('a minute rate counts the last minute, and the total', async (t) => {
  let now = 123_456
  const rate = new MinuteRate(() => now)
  const count = (times: number) => {
    for (let i = 0; i < times; i++) rate.count()
  }
  t.equal(rate.perMinute, 0)
  count(3)
  now += 30_000
  count(4)
  t.equal(rate.perMinute, 7)
  now += 30_000
  t.equal(rate.perMinute, 4, 'the first are a minute old')
  now += 29_000
  t.equal(rate.perMinute, 4)
  now += 1_000
  t.equal(rate.perMinute, 0)
  count(1)
  now += 3_600_000
  t.equal(rate.perMinute, 0, 'after an hour in which nobody looked')
  count(2)
  t.equal(rate.perMinute, 2)
  t.equal(rate.total, 10)
})
