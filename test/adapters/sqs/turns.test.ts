import t from 'tap'
import { Turns } from '../../../src/adapters/sqs/turns.ts'

const never = new AbortController().signal

t.test('only so many go ahead at once, and the others in the order in which they came', async (t) => {
  const turns = new Turns(2)
  const ends = [await turns.take(never), await turns.take(never)]
  const went: number[] = []
  const waiting = [1, 2, 3].map(async (n) => {
    const end = await turns.take(never)
    went.push(n)
    return end
  })
  await Promise.resolve()
  t.same(went, [])
  ends[0]?.()
  await waiting[0]
  t.same(went, [1])
  ends[1]?.()
  const second = await waiting[1]
  second?.()
  await waiting[2]
  t.same(went, [1, 2, 3])
})

t.test('one that is stopped while it waits loses its turn to nobody', async (t) => {
  const turns = new Turns(1)
  const end = await turns.take(never)
  const stop = new AbortController()
  const stopped = turns.take(stop.signal)
  const next = turns.take(never)
  stop.abort()
  t.equal(await stopped, null)
  t.equal(await turns.take(stop.signal), null, 'nor does one begin that was stopped before')
  end?.()
  const itsEnd = await next
  t.ok(itsEnd)
  itsEnd?.()
  t.ok(await turns.take(never))
})
