import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { findSharedPort } from '../../src/instances/shared-port.ts'

t.test('a port at which somebody listens already is refused, also when that service would share it', async (t) => {
  for (const reusePort of [false, true]) {
    const server = createServer()
    t.teardown(() => server.close())
    await once(server.listen({ host: '127.0.0.1', port: 0, reusePort }), 'listening')
    const { port } = server.address() as AddressInfo
    await t.rejects(findSharedPort('127.0.0.1', port), { code: 'EADDRINUSE' })
  }
})

t.test('a free port is found, and nothing listens there afterwards', async (t) => {
  const port = await findSharedPort('127.0.0.1', 0)
  const server = createServer()
  t.teardown(() => server.close())
  await once(server.listen({ host: '127.0.0.1', port }), 'listening')
  t.ok(port > 0)
})
