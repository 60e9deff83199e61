import t from 'tap'
import { AcknowledgementWaits, type NamedNotification } from '../../../src/delivery/intake/acknowledgement-waits.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const named = (id: string, addressee = 'alice'): NamedNotification => ({ addressee, id })

function start({ max = 1_000, fails = false } = {}) {
  const clock = new FakeClock()
  const looks: (readonly NamedNotification[])[] = []
  const stored: NamedNotification[] = []
  const waits = new AcknowledgementWaits({
    ...{ clock, max, identity: { id: 'a' } },
    async acknowledgedAmong(asked) {
      looks.push(asked)
      if (fails) throw new Error('the store is away')
      return stored.filter(({ id }) => asked.some((one) => one.id === id))
    },
  })
  const hangUps: (() => void)[] = []
  const ends: string[] = []
  const wait = (id: string, ms: number, knownBefore = false) =>
    waits
      .wait(named(id), { ms, knownBefore, onHangUp: (listener) => hangUps.push(listener) })
      .then((end) => ends.push(`${id} ${end}`))
  return { clock, waits, looks, stored, hangUps, ends, wait }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('a wait ends with the acknowledgement, its time, its caller or the drain, and leaves nothing', async (t) => {
  const { clock, waits, hangUps, ends, wait } = start()
  const all = [wait('told', 9_000), wait('late', 1_000), wait('alone', 9_000), wait('drained', 9_000)]
  t.equal(waits.gauge.read(), 4)
  waits.acknowledged(named('told', 'bob'))
  waits.acknowledged(named('unknown'))
  await settled()
  t.same(ends, [], 'an id is an id of its addressee')
  waits.acknowledged(named('told'))
  clock.pass(1_000)
  hangUps[2]?.()
  await settled()
  t.same(ends.sort(), ['alone over', 'late over', 'told acknowledged'])
  waits.drain()
  await Promise.all(all)
  t.same(ends.slice(3), ['drained over'])
  for (const hangUp of hangUps) hangUp()
  t.equal(waits.gauge.read(), 0)
  t.equal(clock.pending, 0)
  t.equal(waits.isOpen, false)
  await wait('newcomer', 9_000)
  t.same(ends.slice(4), ['newcomer over'], 'an instance that drains lets nobody wait')
  t.equal(clock.pending, 0)
})

t.test('several callers may wait for one notification', async (t) => {
  const { waits, hangUps, ends, wait } = start()
  const all = [wait('x', 9_000), wait('x', 9_000), wait('x', 9_000)]
  hangUps[1]?.()
  await settled()
  t.same(ends, ['x over'])
  waits.acknowledged(named('x'))
  await Promise.all(all)
  t.same(ends, ['x over', 'x acknowledged', 'x acknowledged'])
})

t.test('the store is looked at for all waits together, as long as somebody waits', async (t) => {
  const { clock, looks, stored, ends, wait } = start()
  const all = [wait('x', 9_000), wait('x', 9_000), wait('y', 9_000)]
  t.same(looks, [])
  clock.pass(2_000)
  await settled()
  t.same(looks, [[named('x'), named('y')]])
  stored.push(named('x'))
  clock.pass(2_000)
  await settled()
  t.same(ends, ['x acknowledged', 'x acknowledged'])
  clock.pass(5_000)
  await Promise.all(all)
  t.same(ends.slice(2), ['y over'])
  t.equal(clock.pending, 0)
  const before = looks.length
  clock.pass(60_000)
  t.equal(looks.length, before)
})

t.test('a wait for a repeat looks at the store at once, and a store that does not answer ends no wait', async (t) => {
  const { looks, stored, ends, wait } = start()
  stored.push(named('x'))
  await wait('x', 9_000, true)
  t.same([looks.length, ends], [1, ['x acknowledged']])
  const away = start({ fails: true })
  const waiting = away.wait('x', 5_000, true)
  for (let i = 0; i < 4; i++) {
    away.clock.pass(1_000)
    await settled()
  }
  t.same(away.ends, [])
  t.ok(away.looks.length >= 2)
  away.clock.pass(1_000)
  await waiting
  t.same(away.ends, ['x over'])
})

t.test('a caller past the bound does not wait', async (t) => {
  const { waits, ends, wait } = start({ max: 2 })
  const held = [wait('a', 9_000), wait('b', 9_000)]
  t.equal(waits.isOpen, false)
  await wait('c', 9_000)
  t.same(ends, ['c over'])
  waits.drain()
  await Promise.all(held)
})
