/**
 * `npm run fuzz -- --runs 50000 [--mode 1|2] [--seed N]`: sends requests that are made from the contract, valid and
 * mutated, to an instance of its own, and holds every answer to the contract. Ends with 1 when something was found.
 */
import { exitCodes, runCommand } from '../src/command-line.ts'
import { fuzz } from '../test/fuzz/run.ts'
import { startFuzzWorld } from '../test/fuzz/world.ts'
import { countOf, modeOption, modesOf } from './modes.ts'

/** The random numbers take seeds of 31 bits. */
const maxSeed = 2 ** 31 - 1

process.exitCode = await runCommand(
  {
    name: 'npm run fuzz',
    about: 'Sends valid and mutated requests to an instance of its own, and holds every response to the contract.',
    options: {
      mode: modeOption,
      runs: { about: 'the number of requests', value: 'N', fallback: '2000' },
      seed: { about: 'repeats the requests of a run', value: 'N' },
    },
  },
  ({ values: { mode, runs, seed } }) => ({
    modes: modesOf(mode),
    runs: countOf('runs', runs),
    seed: seed === undefined ? 1 + Math.floor(Math.random() * maxSeed) : countOf('seed', seed),
  }),
  async ({ modes, runs, seed }) => {
    let found = 0
    for (const mode of modes) found += await fuzzMode(mode, { runs, seed })
    return found === 0 ? exitCodes.ok : exitCodes.failure
  },
)

/** Returns the number of findings. */
async function fuzzMode(mode: 1 | 2, { runs, seed }: { runs: number; seed: number }): Promise<number> {
  await using releasing = new AsyncDisposableStack()
  const { target, known } = await startFuzzWorld(
    { teardown: (release) => releasing.defer(async () => void (await release())) },
    mode,
  )
  const progress = (done: number) => console.log(`mode ${mode}: ${done} of ${runs} requests`)
  const { statuses, findings } = await fuzz(target, { runs, seed, known, progress })
  for (const [name, count] of [...statuses].sort()) console.log(`${String(count).padStart(7)} ${name}`)
  for (const finding of findings) console.log(`\n${finding}`)
  console.log(`mode ${mode}, seed ${seed}: ${runs} requests, ${findings.length} findings`)
  return findings.length
}
