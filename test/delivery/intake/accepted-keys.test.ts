import t from 'tap'
import { AcceptedKeys } from '../../../src/delivery/intake/accepted-keys.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const dayMs = 24 * 3_600_000

/** Stores at once; counts how often. */
function open(bounds: { maxKeysPerClient?: number; maxKeys?: number } = {}) {
  const clock = new FakeClock()
  const keys = new AcceptedKeys({ clock, ...bounds })
  const stored: string[] = []
  const accept = (clientId: string, key: string) =>
    keys.once(clientId, key, async () => {
      stored.push(key)
      return key
    })
  return { clock, keys, stored, accept }
}

t.test('a key that was accepted is accepted again after a day, and not before', async (t) => {
  const { clock, keys, stored, accept } = open()
  t.equal(await accept('alice', 'a'), 'a')
  clock.pass(dayMs - 1)
  t.equal(await accept('alice', 'a'), null)
  t.equal(await keys.has('a'), true)
  clock.pass(1)
  t.equal(await keys.has('a'), false)
  t.equal(await accept('alice', 'a'), 'a')
  t.same(stored, ['a', 'a'])
})

t.test('requests with one key at once store once, and the others wait for that', async (t) => {
  const { keys } = open()
  const sending = Promise.withResolvers<string>()
  let count = 0
  const requests = Array.from({ length: 8 }, () =>
    keys.once('alice', 'a', () => {
      count += 1
      return sending.promise
    }),
  )
  const known = keys.has('a')
  sending.resolve('sent')
  t.same(await Promise.all(requests), ['sent', ...Array(7).fill(null)])
  t.equal(count, 1)
  t.equal(await known, true)
})

t.test(
  'when the first of them fails the next one tries itself, and after two failures the rest fail too',
  async (t) => {
    for (const { failures, outcomes, tries } of [
      { failures: 1, outcomes: ['down', 'sent', null, null], tries: 2 },
      { failures: 9, outcomes: ['down', 'down', 'down', 'down'], tries: 2 },
    ]) {
      const { keys } = open()
      let count = 0
      const send = async () => {
        count += 1
        const isDown = count <= failures
        await null
        if (isDown) throw new Error('down')
        return 'sent'
      }
      const requests = Array.from({ length: 4 }, () =>
        keys.once('alice', 'a', send).catch((error: Error) => error.message),
      )
      t.same(await Promise.all(requests), outcomes)
      t.equal(count, tries)
      t.equal(await keys.has('a'), failures === 1, 'a key is only remembered when something was stored')
    }
  },
)

t.test('a client pushes out its own oldest key, and no key of another client', async (t) => {
  const { keys, accept } = open({ maxKeysPerClient: 3 })
  await accept('bob', 'of bob')
  for (const key of ['a', 'b', 'c', 'd']) await accept('alice', key)
  t.equal(await keys.has('of bob'), true)
  t.same(await Promise.all(['a', 'b', 'c', 'd'].map((key) => keys.has(key))), [false, true, true, true])
  t.equal(keys.size, 4)
})

t.test(
  'past the bound for all clients the key that was accepted first goes, and clients without a key go',
  async (t) => {
    const { clock, keys, accept } = open({ maxKeys: 3 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) await accept(`client ${name}`, name)
    t.same(await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => keys.has(key))), [false, false, true, true, true])
    t.same([keys.size, keys.clients], [3, 3])
    clock.pass(dayMs)
    await accept('alice', 'f')
    t.same([keys.size, keys.clients], [1, 1])
  },
)
