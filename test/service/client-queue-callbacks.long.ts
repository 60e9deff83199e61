import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { publishMany } from './publish-many.ts'

t.test('a client remembers its latest thousand keys, and no client those of others', async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const { callbackPath, call, publish } = tasks(world)
  // More is published for one client than a sender may at once.
  const service = await world.service(t, { RATE_ADDRESSEE: '2000/1000' })
  const path = await callbackPath(service, 'ida')
  const key = { 'idempotency-key': 'of ida' }
  t.match((await call(service, path, 'x', key)).json(), { duplicate: false })
  await publishMany(t, world, service, 'jack', 1_100)
  t.match((await call(service, path, 'x', key)).json(), { duplicate: true })
  t.match((await publish(service, { addressee: 'jack', id: 'order 1' })).json(), { duplicate: false })
  t.match((await publish(service, { addressee: 'jack', id: 'order 1100' })).json(), { duplicate: true })
})
