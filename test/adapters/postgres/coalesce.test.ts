import t from 'tap'
import { coalesce } from '../../../src/adapters/postgres/coalesce.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** Calls for `perMs` keys in each of so many milliseconds, and counts the statements. */
async function statementsOf(perMs: number, ms: number, rush: { rushMs?: number }): Promise<number> {
  const clock = new FakeClock()
  let statements = 0
  const find = coalesce<string>(
    clock,
    async (keys) => {
      statements += 1
      return new Map(keys.map((key) => [key, key]))
    },
    rush,
  )
  const found: Promise<boolean>[] = []
  for (let at = 0; at < ms; at++) {
    for (let i = 0; i < perMs; i++) found.push(find(`${at} ${i}`).then((value) => value === `${at} ${i}`))
    clock.pass(1)
    // The statement's result is there before the next millisecond.
    await new Promise((resolve) => setImmediate(resolve))
  }
  clock.pass(1_000)
  t.ok((await Promise.all(found)).every((isRight) => isRight))
  return statements
}

t.test('ten thousand calls within two seconds share few statements in a rush', async (t) => {
  const statements = await statementsOf(5, 2_000, { rushMs: 60 })
  t.ok(statements < 50, `${statements} statements`)
})

t.test('calls that come now and then wait no longer than at any time', async (t) => {
  const statements = await statementsOf(1, 200, { rushMs: 60 })
  t.ok(statements >= 60, `${statements} statements`)
  t.equal(await statementsOf(5, 200, {}), await statementsOf(1, 200, {}), 'nor without a rush')
})
