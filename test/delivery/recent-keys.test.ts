import t from 'tap'
import { RecentKeys } from '../../src/delivery/recent-keys.ts'

t.test('a memory past its bound forgets the key that was added longest ago', async (t) => {
  const keys = new RecentKeys({ maxKeys: 3 })
  for (const key of ['a', 'b', 'c', 'a', 'd']) keys.add(key)
  t.same(
    ['a', 'b', 'c', 'd'].map((key) => keys.has(key)),
    [true, false, true, true],
    'a was added again, so b was the oldest',
  )
  t.equal(keys.size, 3)
})

t.test('a key is forgotten when it has reached its age, and takes no memory from the next addition on', async (t) => {
  let now = 0
  const keys = new RecentKeys({ maxKeys: 10, maxAgeMs: 1_000, now: () => now })
  keys.add('a')
  now = 500
  keys.add('b')
  now = 999
  t.ok(keys.has('a'))
  now = 1_000
  t.notOk(keys.has('a'))
  t.ok(keys.has('b'))
  keys.add('c')
  t.equal(keys.size, 2)
})

t.test('a memory with values returns the value that was added last', async (t) => {
  const owners = new RecentKeys<string>({ maxKeys: 2 })
  owners.add('url', 'alice')
  owners.add('url', 'bob')
  t.equal(owners.get('url'), 'bob')
  owners.delete('url')
  t.equal(owners.get('url'), undefined)
  t.equal(owners.size, 0)
})

t.test('a memory that keys are added to, deleted from and added to again agrees with a plain list', async (t) => {
  let now = 0
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const keys = new RecentKeys({ maxKeys: 20, maxAgeMs: 300, now: () => now })
  let plain: { readonly key: string; readonly at: number }[] = []
  for (let step = 0; step < 20_000; step++) {
    const key = `k${random(40)}`
    plain = plain.filter((one) => one.key !== key)
    if (random(4) === 0) keys.delete(key)
    else {
      keys.add(key)
      plain = [...plain, { key, at: now }].slice(-20).filter(({ at }) => now - at < 300)
      if (keys.size !== plain.length) t.fail(`step ${step}: ${keys.size} keys instead of ${plain.length}`)
    }
    now += random(20)
    const asked = `k${random(40)}`
    const expected = plain.some(({ key, at }) => key === asked && now - at < 300)
    if (keys.has(asked) !== expected) t.fail(`step ${step}: ${asked} is ${expected ? 'forgotten' : 'still there'}`)
  }
  t.pass('20,000 steps agreed')
})
