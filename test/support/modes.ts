import type { Test } from 'tap'
import { startClientQueueWorld } from './client-queue-world.ts'
import { startInstanceQueueWorld } from './instance-queue-world.ts'
import type { World } from './service-world.ts'

type Owner = Pick<Test, 'teardown'>

/** Every mode: its name, and how everything around its instances is started. */
export const modes: Readonly<Record<string, (t: Owner) => Promise<World>>> = {
  'instance queue': startInstanceQueueWorld,
  'client queue': startClientQueueWorld,
}

/**
 * Plays the same in every mode, at the same time: what clients and senders see does not depend on it. Each mode has an SQS,
 * an issuer and instances of its own; what differs from outside is in its world, so that no test has to ask.
 */
export function inEveryMode(t: Test, play: (t: Test, world: World) => Promise<unknown>): void {
  t.jobs = Object.keys(modes).length
  for (const [name, start] of Object.entries(modes)) {
    t.test(`with the mode "${name}"`, { buffered: true }, async (t) => play(t, await start(t)))
  }
}
