/**
 * `npm run fuzz -- --runs 50000 [--mode 1|2] [--seed N]`: sends requests that are made from the contract, valid and
 * mutated, to an instance of its own, and holds every answer to the contract. Ends with 1 when something was found.
 */
import { fuzz } from '../test/fuzz/run.ts'
import { startFuzzWorld } from '../test/fuzz/world.ts'
import { readArguments } from './arguments.ts'

const usage = 'npm run fuzz -- [--runs 2000] [--mode 1|2] [--seed N]'

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args, { runs: 2_000, seed: 1 + Math.floor(Math.random() * (2 ** 31 - 1)) })
  if (asked === null) {
    console.error(usage)
    return 2
  }
  let found = 0
  for (const mode of asked.modes) found += await fuzzMode(mode, asked.numbers)
  return found === 0 ? 0 : 1
}

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
