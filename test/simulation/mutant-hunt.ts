import type { Test } from 'tap'
import type { Mutant } from './mutant.ts'
import { newPlayer } from './player.ts'
import type { Played, Plays } from './plays.ts'

/** A fault that survives so many seeds is not looked for well enough. */
const howMany = 1_000

/** Each of the mutants has to be found. Answers how to look for another fault. */
export function hunt(
  t: Test,
  mode: 1 | 2,
  mutants: Readonly<Record<string, Mutant>>,
): (from: number, fault: Pick<Plays, 'mutant' | 'faults'>) => Promise<Played['finding']> {
  // On a busy machine it takes longer, and that decides nothing.
  t.setTimeout(900_000)
  const play = newPlayer(t)
  const find = async (from: number, fault: Pick<Plays, 'mutant' | 'faults'>) =>
    (await play({ mode, seeds: { from, howMany }, ...fault })).finding
  for (const [fault, mutant] of Object.entries(mutants)) {
    t.test(`it is found when ${fault}`, async (t) => {
      const finding = await find(mutant.from?.[mode] ?? 1, { mutant })
      t.ok(finding, 'a seed finds it')
      if (finding) t.comment(`seed ${finding.seed}, invariant ${finding.invariant}: ${finding.what}`)
    })
  }
  return find
}
