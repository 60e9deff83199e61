/** The world of most tests of the service, in mode 1. `modes.ts` has every mode. */
export type { Accepted, Answer, Health, Problem } from './answers.ts'
export { bodiesOf, idsOf } from './answers.ts'
export {
  startInstanceQueueWorld as startWorld,
  startInstanceQueueWorldToStop as startWorldToStop,
} from './instance-queue-world.ts'
export type { At, World } from './service-world.ts'
