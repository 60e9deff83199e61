import t from 'tap'
import { IntakeLimits } from '../../../src/delivery/intake/limits.ts'
import { RateLimit } from '../../../src/delivery/intake/rate-limit.ts'
import type { Clock } from '../../../src/delivery/ports.ts'

/** A clock that only the test moves. */
function stoppedClock() {
  let now = 0
  const clock: Clock = { now: () => now, after: () => () => {} }
  return { clock, pass: (ms: number) => (now += ms) }
}

const often = { burst: 1_000, perSecond: 1_000 }

t.test('a key may be used as often as the burst at once, and then as often as the rate allows', async (t) => {
  const { clock, pass } = stoppedClock()
  const limit = new RateLimit({ burst: 3, perSecond: 2 }, { clock })
  const take = () => limit.take('a')
  t.same([take(), take(), take(), take()], [0, 0, 0, 500])
  t.equal(limit.take('b'), 0, 'keys do not share')
  pass(499)
  t.ok(take() > 0)
  pass(1)
  t.equal(take(), 0)
  t.equal(take(), 500)
  pass(60_000)
  t.same([take(), take(), take(), take()], [0, 0, 0, 500], 'quiet times are not saved up past the burst')
})

t.test('asking without a token left costs no token', async (t) => {
  const { clock, pass } = stoppedClock()
  const limit = new RateLimit({ burst: 1, perSecond: 1 }, { clock })
  limit.take('a')
  for (let i = 0; i < 100; i++) limit.take('a')
  pass(1_000)
  t.equal(limit.take('a'), 0)
})

t.test('quiet keys are forgotten, and never more than the bound are remembered', async (t) => {
  const { clock, pass } = stoppedClock()
  const limit = new RateLimit({ burst: 10, perSecond: 1 }, { clock, maxBuckets: 5 })
  for (let i = 0; i < 100; i++) limit.take(`key ${i}`)
  t.equal(limit.size, 5)
  pass(10_000)
  limit.take('last')
  t.equal(limit.size, 1)
  limit.forget('last')
  t.equal(limit.size, 0)
})

t.test('callbacks are counted for their URL and, once it is known, for their client', async (t) => {
  const { clock } = stoppedClock()
  const perAddressee = { burst: 3, perSecond: 1 }
  const limits = new IntakeLimits({
    clock,
    rates: { perCallbackUrl: often, perAddressee, registrationsPerClient: often },
  })
  for (const url of ['one', 'two']) {
    limits.callback(url)
    limits.learn(url, 'alice')
  }
  limits.publication('alice')
  t.throws(() => limits.callback('one'), { code: 'ERROR_TOO_MANY_REQUESTS', retryAfterSeconds: 1 })
  t.throws(() => limits.publication('alice'), { code: 'ERROR_TOO_MANY_REQUESTS' })
  limits.publication('bob')
})

t.test('guesses leave nothing behind', async (t) => {
  const { clock } = stoppedClock()
  const limits = new IntakeLimits({ clock })
  for (let i = 0; i < 1_000; i++) {
    limits.callback(`guess ${i}`)
    limits.forget(`guess ${i}`)
  }
  t.equal(limits.size, 0)
})
