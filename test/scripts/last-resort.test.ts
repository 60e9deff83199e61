import { readdir } from 'node:fs/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { killOneOf } from './sudden-end.ts'

t.test('everything that a test has started ends with it, even when it is killed', async (t) => {
  await killOneOf(t, ['test/scripts/everything.ts'])
})

t.test('a run of the tests that is killed takes its tests along, and its files', async (t) => {
  const folder = await killOneOf(t, ['scripts/test.ts', 'test/scripts/one-process.ts'])
  await until(async () => (await readdir(folder)).length === 0)
})
