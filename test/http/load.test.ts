import t, { type Test } from 'tap'
import { Load } from '../../src/http/load.ts'
import { FakeClock } from '../support/fake-clock.ts'

const idle = { delayMs: 5, processor: 0.1, memory: 0.3 }

function watch(t: Test) {
  const clock = new FakeClock()
  const told: string[] = []
  const log = {
    warn: (_: object, sentence: string) => told.push(sentence),
    info: (_: object, sentence: string) => told.push(sentence),
  }
  let reading = idle
  const load = new Load({ clock, log, read: () => reading })
  t.teardown(() => load.close())
  return {
    load,
    told,
    reads(more: Partial<typeof idle>) {
      reading = { ...idle, ...more }
      clock.pass(1_000)
    },
  }
}

t.test('an instance is overloaded after two bad readings in a row, and says so in two lines', async (t) => {
  const { load, told, reads } = watch(t)
  const busy = { delayMs: 900, processor: 0.95 }
  reads(busy)
  reads({})
  reads(busy)
  t.equal(load.isTooMuch, false, 'a single long task is no overload')
  reads(busy)
  reads(busy)
  t.equal(load.isTooMuch, true)
  reads({})
  t.equal(load.isTooMuch, false)
  reads({ delayMs: 900, processor: 0.3 })
  reads({ delayMs: 900, processor: 0.3 })
  t.equal(load.isTooMuch, false, 'the processor is busy with other programs')
  reads({ memory: 0.9 })
  reads({ memory: 0.9 })
  t.equal(load.isTooMuch, true)
  t.match(told, [/^overloaded/, /^no longer/, /^overloaded/])
})
