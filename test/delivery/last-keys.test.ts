import t from 'tap'
import { LastKeys } from '../../src/delivery/last-keys.ts'

t.test('the last keys are remembered, and never more than twice as many', async (t) => {
  const keys = new LastKeys(10)
  const names = Array.from({ length: 100 }, (_, i) => `k${i}`)
  for (const [i, name] of names.entries()) {
    keys.add(name)
    const remembered = names.filter((one) => keys.has(one))
    t.ok(remembered.length <= 20)
    t.same(remembered.slice(-10), names.slice(Math.max(0, i - 9), i + 1))
  }
})

t.test('a key that is added again and again drives no other out', async (t) => {
  const keys = new LastKeys(2)
  keys.add('a')
  for (let i = 0; i < 10; i++) keys.add('b')
  t.ok(keys.has('a'))
})
