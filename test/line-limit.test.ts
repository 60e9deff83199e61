import t from 'tap'
import { LineLimit } from '../src/line-limit.ts'

t.test('a sentence is logged 20 times in 10 s, and its next line says how many lines were dropped', async (t) => {
  let now = 0
  const limit = new LineLimit(() => now)
  const taken = Array.from({ length: 25 }, () => limit.take('the database does not answer'))
  t.same(taken, [...Array(20).fill(0), ...Array(5).fill(null)])
  t.equal(limit.take('another sentence'), 0, 'other sentences have their own count')
  now = 9_999
  t.equal(limit.take('the database does not answer'), null)
  now = 10_000
  t.equal(limit.take('the database does not answer'), 6)
  t.equal(limit.take('the database does not answer'), 0, 'the count starts again')
})

t.test('a sentence may have a bound of its own, or none', async (t) => {
  const limit = new LineLimit(() => 0, { 'request ended': 30, 'without a bound': Number.POSITIVE_INFINITY })
  const take = (sentence: string) => Array.from({ length: 40 }, () => limit.take(sentence)).filter((left) => left === 0)
  t.equal(take('request ended').length, 30)
  t.equal(take('without a bound').length, 40)
  t.equal(take('another sentence').length, 20)
})

t.test('sentences that differ every time do not fill the memory', async (t) => {
  const limit = new LineLimit(() => 0)
  for (let i = 0; i < 1_000; i++) limit.take('same')
  t.equal(limit.take('same'), null)
  for (let i = 0; i < 1_000; i++) limit.take(`sentence ${i}`)
  t.equal(limit.take('same'), 0, 'all counts were dropped at once')
})
