import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { attackWith } from './attacked-instance.ts'

const world = await startClientQueueWorld(t)

t.test('connections past the bound are closed at once, and operators still reach the instance', async (t) => {
  const service = await world.service(t, { MAX_CONNECTIONS: '20', ADMIN_PORT: '0', ADMIN_HOST: '127.0.0.1' })
  const { adminPort } = await service.said('listening')
  const operators = { url: `http://127.0.0.1:${adminPort}` }
  const poll = world.poll(service, 'here before', 'wait=60')
  await world.holds(operators, 1)

  const many = await attackWith(t, service, 60, 'GET /hea')
  await until(() => many.filter(({ isClosed }) => isClosed()).length >= 40)
  const closed = many.filter(({ isClosed }) => isClosed())
  t.ok(closed.length <= 41, `${closed.length} of 60 were closed, and 20 connections may be open`)
  t.same(new Set(closed.map(({ received }) => received())), new Set(['']))
  t.equal((await service.said('as many connections as allowed are open: others are closed')).maxConnections, 20)
  t.equal((await world.readiness(operators)).status, 200)
  t.ok(service.warnings.length <= 2, `${service.warnings.length} lines tell of it`)

  for (const { socket } of many) socket.destroy()
  await until(async () => {
    const { status } = await fetch(`${service.url}/health`).catch(() => ({ status: 0 }))
    return status === 200
  })
  await world.send(await world.queueOf(service, 'here before'), 'here before', 'held on')
  t.match((await poll).notifications, [{ body: 'held on' }])
})
