import { loadCore } from './core.ts'
import type { StatementFaults } from './instance-queue/tables.ts'
import type { InvariantNumber } from './invariants.ts'
import { loadMutant, type Mutant } from './mutant.ts'
import { isFaultless } from './schedule.ts'
import { describe, newTally, play, scheduleOf, shrink, type Tally } from './search.ts'

/** Seeds to be played in their order, until one finds something. */
export interface Plays {
  readonly mode: 1 | 2
  readonly seeds: readonly number[] | { readonly from: number; readonly howMany: number }
  /** Only those in which nothing goes wrong. */
  readonly faultless?: boolean
  /** Every device acknowledges so, whatever the schedule says. */
  readonly ack?: 'auto' | 'next'
  /** The fault that is built into the code; without it the code is played as it is. */
  readonly mutant?: Mutant
  /** Faults of the simulated statements around the code. */
  readonly faults?: StatementFaults
}

export interface Played {
  readonly tally: Tally
  readonly finding: {
    readonly seed: number
    readonly invariant: InvariantNumber
    readonly what: string
    /** For people; of the code as it is, with a schedule as small as can be. */
    readonly description: string
  } | null
}

/** The arguments, which can be sent to a thread, decide the outcome alone. */
export async function playAll({ mode, seeds, faultless, ack, mutant, faults }: Plays): Promise<Played> {
  const core = mutant === undefined ? await loadCore(mode) : await loadMutant(mode, mutant)
  const options = { core, ...faults }
  const tally = newTally()
  for (const seed of numbersOf(seeds)) {
    const drawn = scheduleOf(mode, seed)
    if (faultless === true && !isFaultless(mode, drawn)) continue
    const schedule =
      ack === undefined ? drawn : { ...drawn, devices: drawn.devices.map((device) => ({ ...device, ack })) }
    const found = await play(seed, options, tally, schedule)
    if (found === null) continue
    const { invariant, what } = found
    const small =
      mutant === undefined && faults === undefined && ack === undefined ? await shrink(found, options) : found
    return { tally, finding: { seed, invariant, what, description: describe(small) } }
  }
  return { tally, finding: null }
}

function* numbersOf(seeds: Plays['seeds']): Generator<number> {
  if (!('from' in seeds)) return yield* seeds
  for (let seed = seeds.from; seed < seeds.from + seeds.howMany; seed++) yield seed
}
