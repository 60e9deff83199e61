import { readdir } from 'node:fs/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { killOneOf } from './sudden-end.ts'

t.test('the tests that tap runs end with it when it is killed, and the run with them', async (t) => {
  const folder = await killOneOf(t, ['scripts/test.ts', '--bail', 'test/scripts/one-process.ts'], /^tap$/)
  await until(async () => (await readdir(folder)).length === 0)
})
