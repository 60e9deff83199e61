/**
 * `node scripts/simulate.ts --seeds 200000 [--from N]`: plays the delivery core against a world that misbehaves, seed by
 * seed, and says so when an invariant of `src/delivery/README.md` breaks. Ends with 1 when one did.
 */
import { parseArgs } from 'node:util'
import { loadCore } from '../test/simulation/core.ts'
import { describe, newTally, play, shrink } from '../test/simulation/search.ts'

const usage = 'node scripts/simulate.ts [--seeds 2000] [--from 1]'
/** Enough to see that it goes on, in a log that is read the next morning. */
const progressEveryMs = 10_000
/** Past this the findings are mostly the same one again. */
const mostFindings = 10

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const range = readRange(args)
  if (range === null) {
    console.error(usage)
    return 2
  }
  const { from, seeds } = range
  const core = await loadCore()
  const tally = newTally()
  const startedAt = performance.now()
  let saidAt = startedAt
  let found = 0
  for (let seed = from; seed < from + seeds && found < mostFindings; seed++) {
    const finding = await play(seed, { core }, tally)
    if (finding) {
      found += 1
      console.log(`\n${describe(await shrink(finding, { core }))}\n`)
    }
    if (performance.now() - saidAt < progressEveryMs) continue
    saidAt = performance.now()
    console.log(`seed ${seed}, ${tally.runs} of ${seeds}, ${found} found, ${Math.round((saidAt - startedAt) / 1000)} s`)
  }
  const days = (tally.simulatedMs / 86_400_000).toFixed(1)
  console.log(`${tally.runs} seeds from ${from}: ${found} broke an invariant`)
  console.log(`${tally.notifications} notifications in ${days} simulated days, ${tally.deadLetters} dead letters`)
  console.log(
    `ack=auto, lost where nobody could see it: ${tally.lostUnseen}, by a client that moved: ${tally.lostByMove}`,
  )
  return found === 0 ? 0 : 1
}

function readRange(args: string[]): { from: number; seeds: number } | null {
  try {
    const options = { seeds: { type: 'string', default: '2000' }, from: { type: 'string', default: '1' } } as const
    const { values } = parseArgs({ args, options })
    const [seeds, from] = [Number(values.seeds), Number(values.from)]
    // Seeds are 32 bits to what draws the schedules.
    return isCount(seeds) && isCount(from) && from + seeds <= 2 ** 31 ? { seeds, from } : null
  } catch {
    return null
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
