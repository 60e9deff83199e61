import { movingSteps } from './moving-steps.ts'
import { pollingSteps } from './polling-steps.ts'
import { troubleSteps } from './trouble-steps.ts'
import type { Step } from './world.ts'

/** The story, in order. */
export const steps: readonly Step[] = [...pollingSteps, ...movingSteps, ...troubleSteps]
