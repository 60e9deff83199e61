import t from 'tap'
import { startInstanceQueueWorld } from '../support/instance-queue-world.ts'
import { guess } from './guesses.ts'

/** Longer than the time between two heartbeats. */
const attackMs = 8_000

const world = await startInstanceQueueWorld(t)

for (const kind of ['callback ids', 'tickets', 'readiness checks'] as const) {
  t.test(`a hundred sockets of ${kind} keep no newcomer waiting, and the instance does not doubt itself`, (t) =>
    guess(t, world, kind, attackMs),
  )
}
