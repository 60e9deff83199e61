/**
 * Fills the cache of compiled code for the processes of a run. Node keeps of each module the functions that had run by then,
 * so everything runs here that most suites run: instances, and a world around them.
 */
import { flushCompileCache } from 'node:module'
import t, { type Test } from 'tap'
import { openClientQueueWorld } from './client-queue-world.ts'
import { startInstanceQueueWorldAt } from './instance-queue-world.ts'
import { loadAll } from './load-all.ts'
import { type Here, withInstancesHere } from './service-here.ts'
import type { World } from './service-world.ts'
import { startSqs } from './sqs.ts'

/** Owns the instances, and stops none: that would take seconds, for which nobody has to wait here. */
const owner = { teardown() {} }

/** Sends a client notifications by every transport. */
async function deliver(t: Test, world: Here<World>): Promise<void> {
  const service = await world.service(owner)
  const held = world.poll(service, 'alice')
  const id = await world.publish(service, 'alice', 'the first')
  t.match((await held).notifications, [{ id }])
  const events = await world.events(t, service, 'alice')
  const frames = await world.frames(t, service, 'alice')
  await world.publish(service, 'alice', 'the second')
  await Promise.all([events.notification(), frames.notification()])
}

await t.test('instances in both modes deliver by every transport', async (t) => {
  const sqs = await startSqs(owner)
  const worlds = await Promise.all([startInstanceQueueWorldAt(owner, sqs), openClientQueueWorld(owner, sqs)])
  await Promise.all(worlds.map((world) => deliver(t, withInstancesHere(world))))
})
await loadAll()
flushCompileCache()
process.exit()
