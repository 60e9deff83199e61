/**
 * `node scripts/simulate.ts --seeds 200000 [--mode 2] [--from N]`: plays both modes, or one of them, against a world
 * that misbehaves, seed by seed. Reports each seed that breaks an invariant of `src/delivery/README.md`, and then exits
 * with 1.
 */
import { exitCodes, runCommand, UsageError } from '../src/command-line.ts'
import { loadCore } from '../test/simulation/core.ts'
import { describe, newTally, play, shrink } from '../test/simulation/search.ts'
import { countOf, modeOption, modesOf } from './modes.ts'

/** Often enough to show progress, and rarely enough for a log that is read the next morning. */
const progressEveryMs = 10_000
/** Further findings are mostly the same fault again. */
const maxFindings = 10
/** The random numbers of the schedules take seeds of 32 bits. */
const maxSeed = 2 ** 31

interface Range {
  readonly from: number
  readonly seeds: number
}

process.exitCode = await runCommand(
  {
    name: 'npm run simulate',
    about:
      'Plays the core against a world that misbehaves, seed by seed, and reports each seed that breaks an invariant.',
    options: {
      mode: modeOption,
      seeds: { about: 'the number of seeds', value: 'N', fallback: '2000' },
      from: { about: 'the first seed', value: 'N', fallback: '1' },
    },
  },
  ({ values }) => {
    const range = { from: countOf('from', values.from), seeds: countOf('seeds', values.seeds) }
    if (range.from + range.seeds > maxSeed) throw new UsageError(`--seeds: the last seed must be below ${maxSeed}`)
    return { modes: modesOf(values.mode), range }
  },
  async ({ modes, range }) => {
    let found = 0
    for (const mode of modes) found += await simulate(mode, range)
    return found === 0 ? exitCodes.ok : exitCodes.failure
  },
)

/** Returns the number of seeds that broke an invariant. */
async function simulate(mode: 1 | 2, { from, seeds }: Range): Promise<number> {
  const core = await loadCore(mode)
  const tally = newTally()
  const startedAt = performance.now()
  let saidAt = startedAt
  let found = 0
  for (let seed = from; seed < from + seeds && found < maxFindings; seed++) {
    const finding = await play(seed, { core }, tally)
    if (finding) {
      found += 1
      console.log(`\n${describe(await shrink(finding, { core }))}\n`)
    }
    if (performance.now() - saidAt < progressEveryMs) continue
    saidAt = performance.now()
    const seconds = Math.round((saidAt - startedAt) / 1000)
    console.log(`mode ${mode}, seed ${seed}, ${tally.runs} of ${seeds}, ${found} found, ${seconds} s`)
  }
  const days = (tally.simulatedMs / 86_400_000).toFixed(1)
  console.log(`mode ${mode}: ${tally.runs} seeds from ${from}: ${found} broke an invariant`)
  console.log(
    `${tally.notifications} notifications in ${days} simulated days, ${tally.deadLetters} dead letters, ${tally.expired} expired, ${tally.told} with an event of their end`,
  )
  console.log(
    `ack=auto, lost where the service cannot know: ${tally.lostUnseen}, by a client that moved: ${tally.lostByMove}`,
  )
  return found
}
