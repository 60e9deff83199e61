import t from 'tap'
import { type Core, loadCore } from './core.ts'
import { loadMutant, mutants } from './mutants.ts'
import { type Finding, play } from './search.ts'

/** A fault that survives so many seeds is not looked for well enough. */
const mostSeeds = 1_000
// On a busy machine it takes longer, and that decides nothing.
t.setTimeout(300_000)

async function find(from: number, options: { core: Core; forgetsOthers?: boolean }): Promise<Finding | null> {
  for (let seed = from; seed < from + mostSeeds; seed++) {
    const finding = await play(seed, options)
    if (finding) return finding
  }
  return null
}

for (const [fault, mutant] of Object.entries(mutants)) {
  t.test(`it is found when ${fault}`, async (t) => {
    const finding = await find(mutant.from ?? 1, { core: await loadMutant(mutant) })
    t.ok(finding, 'a seed finds it')
    if (finding) t.comment(`seed ${finding.seed}, invariant ${finding.invariant}: ${finding.what}`)
  })
}

t.test('it is found when an instance forgets a session that is no longer its own', async (t) => {
  const finding = await find(600, { core: await loadCore(), forgetsOthers: true })
  t.equal(finding?.invariant, 7)
})
