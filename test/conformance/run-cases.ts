import type { Case } from './case.ts'
import type { Outcome } from './outcome.ts'
import { playCase } from './play-case.ts'

interface Options {
  readonly command: string
  /** The number of cases that are played at the same time. */
  readonly jobs: number
  readonly onOutcome?: (outcome: Outcome) => void
}

/** Plays the cases, the slow ones first. Returns their outcomes in the order of the cases. */
export async function runCases(
  cases: readonly Case[],
  { command, jobs, onOutcome = () => {} }: Options,
): Promise<readonly Outcome[]> {
  const waiting = [...cases].sort((one, other) => (other.seconds ?? 1) - (one.seconds ?? 1))
  const outcomes: Outcome[] = []
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const outcome = await playCase(next, command)
      outcomes.push(outcome)
      onOutcome(outcome)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  const order = cases.map(({ name }) => name)
  return outcomes.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name))
}
