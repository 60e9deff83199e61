import { describeExit } from '../stack/server-process.ts'
import { callbackSteps } from './callback-steps.ts'
import { clientQueueSteps } from './client-queue-steps.ts'
import { intakeSteps } from './intake-steps.ts'
import { movingSteps } from './moving-steps.ts'
import { pollingSteps } from './polling-steps.ts'
import { receiptSteps } from './receipt-steps.ts'
import { troubleSteps } from './trouble-steps.ts'
import { wakeUpSteps } from './wake-up-steps.ts'
import { expect, type Step } from './world.ts'

/** A part of the story, played on a stack of its own. */
export interface Act {
  readonly mode: 1 | 2
  /** The number of instances of the service. */
  readonly instances: number
  /** The line that announces the start of the stack. */
  readonly opening: string
  readonly env: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

/** The last step in both modes. */
const endingStep: Step = {
  title: 'All instances are told to stop',
  async run({ first, second }) {
    const exits = await Promise.all([first.stop(), second.stop()])
    const ends = exits.map(describeExit)
    expect(
      exits.every(({ code }) => code === 0),
      `the instances ended with ${ends.join(' and ')}`,
    )
    return `both have ended with ${ends[0]}`
  },
}

/** The story, in order. */
export const acts: readonly Act[] = [
  {
    mode: 1,
    instances: 3,
    opening: 'Mode 1: starting PostgreSQL, SQS, an issuer of tokens and three instances of the service …',
    env: {},
    // An instance that is killed may take a message of the intake queue along for 30 s, so that part comes first.
    steps: [
      ...pollingSteps,
      ...movingSteps,
      ...intakeSteps,
      ...wakeUpSteps,
      ...receiptSteps,
      ...callbackSteps,
      ...troubleSteps,
      endingStep,
    ],
  },
  {
    mode: 2,
    instances: 2,
    opening: 'Mode 2: starting SQS, an issuer of tokens and two instances of the service, without a database …',
    // Short, so that the first instance soon releases messages that it received for a client at the second instance.
    env: { SESSION_LINGER_SECONDS: '2' },
    steps: [...clientQueueSteps, endingStep],
  },
]
