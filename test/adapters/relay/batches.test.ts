import t from 'tap'
import { Batches } from '../../../src/adapters/relay/batches.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const deadlineMs = 2_000

/** A peer that answers when the test says so, and the batches that it got. */
function open(answer: (texts: readonly string[]) => Promise<readonly string[]> = async (texts) => texts) {
  const clock = new FakeClock()
  const sent: (readonly string[])[] = []
  const batches = new Batches<string>({
    deadlineMs,
    now: () => clock.now(),
    after: (ms, wake) => clock.after(ms, wake),
    post(texts) {
      sent.push(texts)
      return answer(texts)
    },
  })
  return { clock, sent, batches }
}

/** A peer that does not answer until it is released. */
function silent() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const answer = (texts: readonly string[]) => promise.then(() => texts)
  return { ...open(answer), letGo: resolve }
}

t.test('entries of the same two milliseconds share a request, in order, and each gets its own result', async (t) => {
  const { clock, sent, batches } = open()
  const results = Promise.all(['a', 'b', 'c'].map((text) => batches.add(text)))
  t.same(sent, [])
  clock.pass(2)
  t.same(await results, ['a', 'b', 'c'])
  t.same(sent, [['a', 'b', 'c']])
  t.equal(batches.idle, true)
  t.equal(clock.pending, 0, 'no timer is left')
})

t.test('a request has at most a hundred entries, and about a mebibyte', async (t) => {
  const { clock, sent, batches } = open()
  const many = Promise.all(Array.from({ length: 250 }, (_, i) => batches.add(String(i))))
  clock.pass(2)
  await many
  t.same(
    sent.map(({ length }) => length),
    [100, 100, 50],
  )
  sent.length = 0
  const large = Promise.all([700_000, 700_000, 2_000_000, 10].map((length) => batches.add('x'.repeat(length))))
  clock.pass(2)
  await large
  t.same(
    sent.map((texts) => texts.map(({ length }) => length)),
    [[700_000], [700_000], [2_000_000], [10]],
  )
})

t.test('an entry without a result is rejected, and the others have their results', async (t) => {
  const { clock, batches } = open(async ([first = '']) => [first])
  const results = Promise.allSettled([batches.add('a'), batches.add('b')])
  clock.pass(2)
  t.match(await results, [{ value: 'a' }, { reason: { message: /no result/ } }])
})

t.test('a request that fails rejects all its entries, and the next request succeeds', async (t) => {
  let fails = true
  const { clock, batches } = open(async (texts) => {
    if (fails) throw new Error('connection refused')
    return texts
  })
  const failed = Promise.allSettled([batches.add('a'), batches.add('b')])
  clock.pass(2)
  t.match(await failed, [{ reason: { message: 'connection refused' } }, { reason: { message: 'connection refused' } }])
  fails = false
  const next = batches.add('c')
  clock.pass(2)
  t.equal(await next, 'c')
})

t.test(
  'a peer that does not answer gets at most four requests, and no entry waits longer than the deadline',
  async (t) => {
    const { clock, sent, batches, letGo } = silent()
    for (let i = 0; i < 4; i++) {
      void batches.add('x').catch(() => {})
      clock.pass(2)
    }
    t.equal(sent.length, 4)
    clock.pass(1_000)
    const addedAt = clock.now()
    const refusedAfter = batches.add('y').catch(() => clock.now() - addedAt)
    clock.pass(deadlineMs)
    t.equal(await refusedAfter, deadlineMs, 'the deadline includes the wait in the queue')
    t.equal(sent.length, 4)
    letGo()
    await Promise.resolve()
  },
)

t.test('the number of entries that wait for one peer is bounded', async (t) => {
  const { clock, batches, letGo } = silent()
  for (let i = 0; i < 4; i++) {
    void batches.add('x').catch(() => {})
    clock.pass(2)
  }
  const waiting = Array.from({ length: 5_000 }, () => batches.add('x').catch(() => 'refused'))
  await t.rejects(batches.add('one more'), { message: /too many entries wait/ })
  letGo()
  clock.pass(deadlineMs)
  await Promise.all(waiting)
})
