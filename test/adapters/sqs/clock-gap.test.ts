import t, { type Test } from 'tap'
import { ClockGap } from '../../../src/adapters/sqs/clock-gap.ts'

/** A clock that stands until it is moved; timers that are due fire when it has arrived. */
class HandClock {
  time = 1_000
  timers = new Map<() => void, number>()
  now() {
    return this.time
  }
  after(ms: number, wake: () => void) {
    this.timers.set(wake, this.time + ms)
    return () => this.timers.delete(wake)
  }
  async pass(ms: number) {
    this.time += ms
    for (const [wake, at] of [...this.timers]) {
      if (at <= this.time && this.timers.delete(wake)) wake()
    }
    await new Promise(setImmediate)
  }
}

function watch(t: Test, clock: HandClock, onGap?: (ms: number) => void) {
  const stop = new AbortController()
  const gap = new ClockGap(clock, onGap)
  const over = gap.run(stop.signal)
  t.teardown(async () => {
    stop.abort()
    await over
    if (clock.timers.size > 0) throw new Error('a timer was left')
  })
  return gap
}

t.test('a response without a gap is as fresh as it looks', async (t) => {
  const clock = new HandClock()
  const gap = watch(t, clock)
  for (let i = 0; i < 40; i++) await clock.pass(500)
  t.equal(gap.earliestArrival(1_000), 21_000)
})

t.test('a response that is read after a pause may be as old as the last tick before it', async (t) => {
  const clock = new HandClock()
  const gaps: number[] = []
  const gap = watch(t, clock, (ms) => gaps.push(ms))
  await clock.pass(500)
  clock.time += 60_000
  t.equal(gap.earliestArrival(1_200), 1_500, 'even before the timer has fired')
  await clock.pass(0)
  await clock.pass(500)
  t.equal(gap.earliestArrival(1_200), 1_500, 'and afterwards')
  t.same(gaps, [60_000], 'one gap is told once')
})

t.test('a receive that was issued after the pause is not affected', async (t) => {
  const clock = new HandClock()
  const gap = watch(t, clock)
  await clock.pass(60_000)
  const issuedAt = clock.now()
  await clock.pass(500)
  t.equal(gap.earliestArrival(issuedAt), clock.now())
})

t.test('the first of several gaps since the receive counts, and never a time before the receive', async (t) => {
  const clock = new HandClock()
  const gap = watch(t, clock)
  await clock.pass(500)
  await clock.pass(5_000)
  await clock.pass(500)
  await clock.pass(5_000)
  t.equal(gap.earliestArrival(1_000), 1_500)
  t.equal(gap.earliestArrival(3_000), 3_000, 'issued within the first gap')
  t.equal(gap.earliestArrival(6_800), 7_000, 'issued between the two')
})

t.test('a response may be as old as its receive while the clock is not watched', async (t) => {
  t.equal(new ClockGap(new HandClock()).earliestArrival(700), 700)
})

t.test('a gap in which the process was busy is called so, and ages no answer that is read long after it', async (t) => {
  const clock = new HandClock()
  const causes: string[] = []
  let cpuMs = 0
  const stop = new AbortController()
  const gap = new ClockGap(
    clock,
    (_, cause) => causes.push(cause),
    () => cpuMs,
  )
  const over = gap.run(stop.signal)
  await clock.pass(500)
  cpuMs += 3_900
  await clock.pass(4_000)
  t.equal(gap.earliestArrival(1_200), 1_500, 'an answer that is read now may have waited in the socket')
  for (let i = 0; i < 12; i++) await clock.pass(500)
  t.equal(gap.earliestArrival(1_200), clock.now(), 'an answer that is read six seconds later came later')
  await clock.pass(4_000)
  t.equal(gap.earliestArrival(1_200), clock.now() - 4_000, 'a pause counts as before')
  for (let i = 0; i < 12; i++) await clock.pass(500)
  t.equal(gap.earliestArrival(1_200), clock.now() - 10_000, 'also long after it')
  t.same(causes, ['busy', 'paused'])
  stop.abort()
  await over
})
