import t from 'tap'
import { readArguments } from '../../scripts/arguments.ts'

const read = (...args: string[]) => readArguments(args, { runs: 2_000, seed: 7 })

t.test('options that are absent have their defaults, and stand for both modes', async (t) => {
  t.same(read(), { modes: [1, 2], numbers: { runs: 2_000, seed: 7 } })
  t.same(read('--runs', '10', '--mode', '2'), { modes: [2], numbers: { runs: 10, seed: 7 } })
})

t.test('an option that is no whole number of 1 or more, no mode or no option at all is refused', async (t) => {
  for (const runs of ['0', '-1', '1.5', 'many', '9007199254740993']) t.equal(read(`--runs=${runs}`), null, runs)
  for (const mode of ['0', '3', '', 'constructor']) t.equal(read(`--mode=${mode}`), null, mode)
  t.equal(read('--minutes', '3'), null)
  t.equal(read('3'), null)
})
