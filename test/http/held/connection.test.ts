import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { connectionOf } from '../../../src/http/held/connection.ts'
import { Connections } from '../../../src/http/held/connections.ts'
import type { ConnectionEnd } from '../../../src/http/held/exchange.ts'

/** Starts a server that records how the connection of each request ended. */
async function startServer(t: Test) {
  const ends: Promise<ConnectionEnd>[] = []
  const server = createServer((request, response) => {
    const connection = connectionOf(request.socket)
    ends.push(new Promise((resolve) => connection.add({ closed: resolve })))
    response.end('an answer')
  })
  const connections = new Connections({
    clock: systemClock,
    keepAliveMs: 75_000,
    maxRequestsInFlight: 1_000,
    onTooMuchUnsent() {},
    accessLog: null,
  })
  server.on('connection', connections.accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  /** Opens a connection and sends so many requests. */
  const ask = async (requests: number, { reads = true } = {}) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    if (!reads) socket.pause()
    for (let i = 0; i < requests; i++) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    while (ends.length < requests) await once(server, 'request')
    if (reads) await once(socket, 'data')
    return socket
  }
  return { ends, ask, server }
}

t.test('a connection that its peer closes has not failed', async (t) => {
  const { ends, ask } = await startServer(t)
  const socket = await ask(1)
  socket.end()
  t.same(await Promise.all(ends), ['closed'])
})

t.test('a connection that its peer resets has failed', async (t) => {
  const { ends, ask } = await startServer(t)
  const socket = await ask(1)
  socket.resetAndDestroy()
  t.same(await Promise.all(ends), ['failed'])
})

t.test('a connection whose peer closes without reading the response has failed', async (t) => {
  const { ends, ask } = await startServer(t)
  const socket = await ask(1, { reads: false })
  // The peer's kernel must have the response before the peer closes.
  await new Promise((resolve) => setTimeout(resolve, 50))
  socket.destroy()
  t.same(await Promise.all(ends), ['failed'])
})

t.test('every exchange of a connection is told of its end, with one listener on the socket', async (t) => {
  const { ends, ask, server } = await startServer(t)
  const connected = once(server, 'connection')
  const asking = ask(20)
  const [peer] = await connected
  const socket = await asking
  t.ok(peer.listenerCount('close') < 5)
  socket.resetAndDestroy()
  t.same(await Promise.all(ends), Array(20).fill('failed'))
})

t.test('looking up the connection of a socket from elsewhere throws', async (t) => {
  t.throws(() => connectionOf(connect({ port: 1 }).on('error', () => {})), /not accepted by a guarded server/)
})
