import t from 'tap'
import { pause } from '../../../src/adapters/clock.ts'
import type { Purged } from '../../../src/adapters/postgres/purge.ts'
import { runPurge } from '../../../src/modes/instance-queue/purging.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { LogBook } from '../../support/log-book.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))
const nothing: Purged = { expired: [], keys: 0, registrations: 0, tickets: 0, receipts: 0, unsent: 0, more: false }

t.test('rows are removed as long as there may be more, with pauses, and then a minute later', async (t) => {
  const clock = new FakeClock()
  const calledAt: number[] = []
  const stop = new AbortController()
  const running = runPurge(
    {
      async purge() {
        calledAt.push(clock.now())
        return { ...nothing, more: calledAt.length < 4 }
      },
      counters: { expired: 0, expiredAsSaid: 0 },
      sleep: (ms, signal) => pause(clock, ms, signal),
      log: new LogBook(),
    },
    stop.signal,
  )
  for (let i = 0; i < 1_300; i++) {
    clock.pass(100)
    await settled()
  }
  t.same(calledAt, [60_000, 60_100, 60_200, 60_300, 120_300])
  stop.abort()
  await running
  t.equal(clock.pending, 0)
})
