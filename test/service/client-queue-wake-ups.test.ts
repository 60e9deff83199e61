import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { devices } from '../support/devices.ts'
import { subscriptionAt } from '../support/push-service.ts'
import { withInstancesHere } from '../support/service-here.ts'

t.test('no device is woken in mode 2, where nothing is stored', async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const { put, remove } = devices(world)
  const service = await world.service(t)
  const answers = await Promise.all([
    put(service, 'alice', 'phone', subscriptionAt('https://push.example.org/1')),
    put(service, 'alice', 'phone', { type: 'webhook', token: 'x' }),
    remove(service, 'alice', 'phone'),
  ])
  for (const answer of answers) t.match([answer.status, answer.json()], [501, { error: 'ERROR_NOT_IMPLEMENTED' }])
})
