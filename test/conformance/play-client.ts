import type { Test } from 'tap'
import type { Case } from './case.ts'
import type { Outcome } from './outcome.ts'
import { playCase } from './play-case.ts'
import { runCases } from './run-cases.ts'
import { tableOf } from './table.ts'

/** Few enough that the processes of a client do not wait for each other for long on two cores. */
const jobs = 8

interface Options {
  readonly cases: readonly Case[]
  readonly command: string
}

/**
 * Plays the cases with a client, each as an assertion, and prints the table. A case that fails is played a second time,
 * alone: some cases bound times, and the machine may have been busy with something else.
 */
export async function playClient(t: Test, { cases, command }: Options): Promise<void> {
  const outcomes: Outcome[] = []
  for (const outcome of await runCases(cases, { command, jobs })) {
    const played = cases.find(({ name }) => name === outcome.name)
    outcomes.push(outcome.kind === 'failed' && played ? await playCase(played, command) : outcome)
  }
  for (const { name, kind, reason } of outcomes) {
    const title = reason === '' ? name : `${name}: ${reason}`
    t.not(kind, 'failed', title)
  }
  t.comment(`\n${tableOf(outcomes)}`)
}
