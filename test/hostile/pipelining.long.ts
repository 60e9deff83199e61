import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { floodUnread, kindsOfRequests } from './unread-floods.ts'

t.test('requests of every kind that are pipelined and never read', async (t) => {
  const world = await startClientQueueWorld(t)
  await floodUnread(t, world, kindsOfRequests(world.bearer('reads nothing').authorization))
})
