import { callbackSteps } from './callback-steps.ts'
import { clientQueueSteps } from './client-queue-steps.ts'
import { movingSteps } from './moving-steps.ts'
import { pollingSteps } from './polling-steps.ts'
import { troubleSteps } from './trouble-steps.ts'
import type { Step } from './world.ts'

/** A part of the story that is played on a stack of its own. */
export interface Act {
  readonly mode: 1 | 2
  /** How many of the service. */
  readonly instances: number
  /** What is started for it. */
  readonly opening: string
  readonly env: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

/** The story, in order. */
export const acts: readonly Act[] = [
  {
    mode: 1,
    instances: 3,
    opening: 'Mode 1: starting PostgreSQL, SQS, an issuer of tokens and three instances of the service …',
    env: {},
    steps: [...pollingSteps, ...movingSteps, ...callbackSteps, ...troubleSteps],
  },
  {
    mode: 2,
    instances: 2,
    opening: 'Mode 2: starting SQS, an issuer of tokens and two instances of the service, without a database …',
    // So that the first instance soon gives back what it has received for a client that is at the second one.
    env: { SESSION_LINGER_SECONDS: '2' },
    steps: clientQueueSteps,
  },
]
