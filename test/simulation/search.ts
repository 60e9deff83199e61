import fc from 'fast-check'
import type { Books } from './invariants.ts'
import { invariants } from './invariants.ts'
import { type RunOptions, run } from './run.ts'
import { type Schedule, schedules } from './schedule.ts'

/** A seed whose run broke an invariant. */
export interface Finding {
  readonly mode: 1 | 2
  readonly seed: number
  readonly invariant: keyof typeof invariants
  readonly what: string
  readonly schedule: Schedule
}

/** The sum of many runs. */
export interface Tally extends Books {
  runs: number
  notifications: number
  simulatedMs: number
}

export function newTally(): Tally {
  return {
    runs: 0,
    notifications: 0,
    simulatedMs: 0,
    deadLetters: 0,
    lostUnseen: 0,
    lostByMove: 0,
    expired: 0,
    told: 0,
  }
}

/** The schedule that this seed stands for, as long as `schedule.ts` stays as it is. */
export function scheduleOf(mode: 1 | 2, seed: number): Schedule {
  const [schedule] = fc.sample(schedules[mode], { seed, numRuns: 1 })
  if (!schedule) throw new Error(`seed ${seed} gives no schedule`)
  return schedule
}

/** Plays one seed; answers what it broke, or null. */
export async function play(
  seed: number,
  options: RunOptions,
  tally: Tally = newTally(),
  schedule: Schedule = scheduleOf(options.core.mode, seed),
): Promise<Finding | null> {
  const { violations, notifications, books, simulatedMs } = await run(schedule, options)
  tally.runs += 1
  tally.notifications += notifications
  tally.simulatedMs += simulatedMs
  tally.deadLetters += books.deadLetters
  tally.lostUnseen += books.lostUnseen
  tally.lostByMove += books.lostByMove
  tally.expired += books.expired
  tally.told += books.told
  const [first] = violations
  return first ? { mode: options.core.mode, seed, ...first, schedule } : null
}

/** Looks for a smaller schedule that breaks something; the seed alone leads here again. */
export async function shrink(finding: Finding, options: RunOptions): Promise<Finding> {
  let smallest = finding
  const property = fc.asyncProperty(schedules[finding.mode], async (schedule) => {
    const [first] = (await run(schedule, options)).violations
    if (!first) return true
    smallest = { ...finding, ...first, schedule }
    return false
  })
  await fc.check(property, { seed: finding.seed, numRuns: 1, interruptAfterTimeLimit: 20_000 })
  return smallest
}

/** For people: the broken invariant, the seed to play again, and the schedule that shows it. */
export function describe({ mode, seed, invariant, what, schedule }: Finding): string {
  const { steps, ...rest } = schedule
  return [
    `invariant ${invariant} (${invariants[invariant]}) is broken: ${what}`,
    `seed ${seed}: node scripts/simulate.ts --mode ${mode} --seeds 1 --from ${seed}`,
    JSON.stringify(rest),
    ...steps.map((step) => `  ${JSON.stringify(step)}`),
  ].join('\n')
}
