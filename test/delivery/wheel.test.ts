import t from 'tap'
import { Slot, Wheel } from '../../src/delivery/wheel.ts'
import { FakeClock } from '../support/fake-clock.ts'

class Thing extends Slot {
  readonly calls: number[] = []
  readonly #clock: FakeClock
  readonly #then: () => void

  constructor(clock: FakeClock, then: () => void = () => {}) {
    super()
    this.#clock = clock
    this.#then = then
  }

  override due(): void {
    this.calls.push(this.#clock.now())
    this.#then()
  }
}

function start(at = 0) {
  const clock = new FakeClock(at)
  return { clock, wheel: new Wheel(clock, 50) }
}

t.test('a thing is called once, never early and at most a slice late', async (t) => {
  const { clock, wheel } = start(17)
  for (const at of [18, 49, 50, 51, 100, 333, 1_017]) {
    const thing = new Thing(clock)
    wheel.put(thing, at)
    clock.pass(1_100)
    t.equal(thing.calls.length, 1)
    const [called = 0] = thing.calls
    t.ok(called >= at && called <= Math.max(at, clock.now() - 1_100) + 100, `${at} is called at ${called}`)
  }
})

t.test('a thing whose time is past is called at the next slice', async (t) => {
  const { clock, wheel } = start(1_000)
  const thing = new Thing(clock)
  wheel.put(thing, 10)
  clock.pass(50)
  t.strictSame(thing.calls, [1_050])
})

t.test('things of one slice share one timer, and an empty wheel holds none', async (t) => {
  const { clock, wheel } = start()
  const things = Array.from({ length: 1_000 }, () => new Thing(clock))
  for (const thing of things) wheel.put(thing, 5_000)
  t.equal(clock.pending, 1)
  t.equal(wheel.size, 1_000)
  for (const thing of things) wheel.remove(thing)
  t.equal(clock.pending, 0)
  t.equal(wheel.size, 0)
})

t.test('a thing that is removed or moved is not called at its old time', async (t) => {
  const { clock, wheel } = start()
  const [removed, moved, kept] = [new Thing(clock), new Thing(clock), new Thing(clock)]
  for (const thing of [removed, moved, kept]) wheel.put(thing, 100)
  wheel.remove(removed)
  wheel.remove(removed)
  wheel.put(moved, 500)
  clock.pass(200)
  t.strictSame([removed.calls, moved.calls, kept.calls], [[], [], [100]])
  clock.pass(400)
  t.strictSame(moved.calls, [500])
  t.equal(clock.pending, 0)
})

t.test('a thing may take others off its list, or put itself back, while it is called', async (t) => {
  const { clock, wheel } = start()
  const other = new Thing(clock)
  const first: Thing = new Thing(clock, () => {
    wheel.remove(other)
    if (first.calls.length < 3) wheel.put(first, clock.now())
  })
  wheel.put(other, 100)
  wheel.put(first, 100)
  clock.pass(1_000)
  t.strictSame(first.calls, [100, 150, 200])
  t.strictSame(other.calls, [])
  t.equal(clock.pending, 0)
})

t.test('after a pause everything that is due is called at once, in the order of time', async (t) => {
  const { clock, wheel } = start()
  const order: number[] = []
  for (const at of [60_000, 100, 30_000, 90_000]) wheel.put(new Thing(clock, () => order.push(at)), at)
  clock.jump(70_000)
  clock.pass(0)
  t.strictSame(order, [100, 30_000, 60_000])
  t.equal(wheel.size, 1)
  clock.pass(20_000)
  t.strictSame(order, [100, 30_000, 60_000, 90_000])
  t.equal(clock.pending, 0)
})
