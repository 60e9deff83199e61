/**
 * `node scripts/simulate.ts --seeds 200000 [--mode 2] [--from N]`: plays both modes, or one of them, against a world
 * that misbehaves, seed by seed. Reports each seed that breaks an invariant of `src/delivery/README.md`, and then exits
 * with 1.
 */
import { parseArgs } from 'node:util'
import { loadCore } from '../test/simulation/core.ts'
import { describe, newTally, play, shrink } from '../test/simulation/search.ts'

const usage = 'node scripts/simulate.ts [--mode 1|2] [--seeds 2000] [--from 1]'
/** Often enough to show progress, and rarely enough for a log that is read the next morning. */
const progressEveryMs = 10_000
/** Further findings are mostly the same fault again. */
const maxFindings = 10

interface Range {
  readonly from: number
  readonly seeds: number
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args)
  if (asked === null) {
    console.error(usage)
    return 2
  }
  let found = 0
  for (const mode of asked.modes) found += await simulate(mode, asked)
  return found === 0 ? 0 : 1
}

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
  console.log(`${tally.notifications} notifications in ${days} simulated days, ${tally.deadLetters} dead letters`)
  console.log(
    `ack=auto, lost where the service cannot know: ${tally.lostUnseen}, by a client that moved: ${tally.lostByMove}`,
  )
  return found
}

function readArguments(args: string[]): (Range & { readonly modes: readonly (1 | 2)[] }) | null {
  try {
    const text = { type: 'string' } as const
    const options = { mode: text, seeds: { ...text, default: '2000' }, from: { ...text, default: '1' } }
    const { values } = parseArgs({ args, options })
    const [seeds, from] = [Number(values.seeds), Number(values.from)]
    const modes = modesOf(values.mode)
    // The random numbers of the schedules take seeds of 32 bits.
    return modes !== null && isCount(seeds) && isCount(from) && from + seeds <= 2 ** 31 ? { modes, seeds, from } : null
  } catch {
    return null
  }
}

/** Returns both modes unless one is given. */
function modesOf(mode: string | undefined): readonly (1 | 2)[] | null {
  if (mode === undefined) return [1, 2]
  if (mode === '1') return [1]
  return mode === '2' ? [2] : null
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
