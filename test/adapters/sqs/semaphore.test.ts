import t from 'tap'
import { Semaphore } from '../../../src/adapters/sqs/semaphore.ts'

const never = new AbortController().signal

t.test(
  'a semaphore lets as many go ahead as it has permits, and the others in the order in which they came',
  async (t) => {
    const semaphore = new Semaphore(2)
    const releases = [await semaphore.acquire(never), await semaphore.acquire(never)]
    const went: number[] = []
    const waiting = [1, 2, 3].map(async (n) => {
      const release = await semaphore.acquire(never)
      went.push(n)
      return release
    })
    await Promise.resolve()
    t.same(went, [])
    releases[0]?.()
    await waiting[0]
    t.same(went, [1])
    releases[1]?.()
    const second = await waiting[1]
    second?.()
    await waiting[2]
    t.same(went, [1, 2, 3])
  },
)

t.test('a caller that is aborted while it waits takes no permit from the others', async (t) => {
  const semaphore = new Semaphore(1)
  const release = await semaphore.acquire(never)
  const stop = new AbortController()
  const stopped = semaphore.acquire(stop.signal)
  const next = semaphore.acquire(never)
  stop.abort()
  t.equal(await stopped, null)
  t.equal(await semaphore.acquire(stop.signal), null, 'a caller that was aborted before gets none either')
  release?.()
  const nextRelease = await next
  t.ok(nextRelease)
  nextRelease?.()
  t.ok(await semaphore.acquire(never))
})
