import { basename } from 'node:path'
import type { Test } from 'tap'
import { oneMode } from '../../scripts/test/one-mode.ts'
import { openClientQueueWorld, startClientQueueWorld } from './client-queue-world.ts'
import {
  startInstanceQueueWorld,
  startInstanceQueueWorldAt,
  startInstanceQueueWorldToStop,
} from './instance-queue-world.ts'
import { isPooled } from './postgres.ts'
import { type Here, withInstancesHere } from './service-here.ts'
import type { World } from './service-world.ts'
import { startSqsToLose } from './sqs.ts'

type Owner = Pick<Test, 'teardown'>

type Worlds<W = World> = Readonly<Record<string, (t: Owner) => Promise<W>>>

/** Every mode: its name, and how everything around its instances is started. A pooler is nothing to the second. */
const modes: Worlds = {
  'instance queue': startInstanceQueueWorld,
  ...(isPooled ? {} : { 'client queue': startClientQueueWorld }),
}

/** The same for a test that stops where publications and callbacks are kept. */
export const modesToStop: Worlds = { ...modes, 'instance queue': startInstanceQueueWorldToStop }

/** The same for a test that loses everything that SQS has. */
export const modesToLose = {
  'instance queue': async (t: Owner) => startInstanceQueueWorldAt(t, await startSqsToLose(t)),
  ...(isPooled ? {} : { 'client queue': async (t: Owner) => openClientQueueWorld(t, await startSqsToLose(t)) }),
}

/** Returns one of the modes, half of the suites in either; all of them for a suite that is named, and in the long run. */
function chosen<W>(worlds: Worlds<W>): [name: string, start: Worlds<W>[string]][] {
  const all = Object.entries(worlds)
  if (process.env[oneMode] !== '1') return all
  const suite = basename(process.argv[1] ?? '')
  const one = all[[...suite].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % all.length]
  return one === undefined ? all : [one]
}

/**
 * Plays the same in every mode, at the same time: what clients and senders see does not depend on it. Each mode has an SQS,
 * an issuer and instances of its own; what differs from outside is in its world, so that no test has to ask.
 */
export function inEveryMode(t: Test, play: (t: Test, world: World) => Promise<unknown>, worlds?: Worlds): void
export function inEveryMode<W>(t: Test, play: (t: Test, world: W) => Promise<unknown>, worlds: Worlds<W>): void
export function inEveryMode(t: Test, play: (t: Test, world: World) => Promise<unknown>, worlds: Worlds = modes): void {
  const played = chosen(worlds)
  t.jobs = played.length
  for (const [name, start] of played) {
    t.test(`with the mode "${name}"`, { buffered: true }, async (t) => play(t, await start(t)))
  }
}

/**
 * Plays the same in every mode, one after the other, with instances in the process of the test: for a suite that sends
 * them no signal. A start takes a fifth of what a process takes.
 */
export function inEveryModeHere(
  t: Test,
  play: (t: Test, world: Here<World>) => Promise<unknown>,
  worlds: Worlds = modes,
): void {
  for (const [name, start] of chosen(worlds)) {
    t.test(`with the mode "${name}"`, async (t) => play(t, withInstancesHere(await start(t))))
  }
}
