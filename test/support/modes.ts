import type { Test } from 'tap'
import { startClientQueueWorld } from './client-queue-world.ts'
import { startInstanceQueueWorld, startInstanceQueueWorldToStop } from './instance-queue-world.ts'
import { isPooled } from './postgres.ts'
import type { World } from './service-world.ts'

type Owner = Pick<Test, 'teardown'>

type Worlds = Readonly<Record<string, (t: Owner) => Promise<World>>>

/** Every mode: its name, and how everything around its instances is started. A pooler is nothing to the second. */
const modes: Worlds = {
  'instance queue': startInstanceQueueWorld,
  ...(isPooled ? {} : { 'client queue': startClientQueueWorld }),
}

/** The same for a test that stops where publications and callbacks are kept. */
export const modesToStop: Worlds = { ...modes, 'instance queue': startInstanceQueueWorldToStop }

/**
 * Plays the same in every mode, at the same time: what clients and senders see does not depend on it. Each mode has an SQS,
 * an issuer and instances of its own; what differs from outside is in its world, so that no test has to ask.
 */
export function inEveryMode(t: Test, play: (t: Test, world: World) => Promise<unknown>, worlds = modes): void {
  t.jobs = Object.keys(worlds).length
  for (const [name, start] of Object.entries(worlds)) {
    t.test(`with the mode "${name}"`, { buffered: true }, async (t) => play(t, await start(t)))
  }
}
