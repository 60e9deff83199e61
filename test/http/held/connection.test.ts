import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { connectionOf, rememberConnections } from '../../../src/http/held/connection.ts'

/** A server that tells how the connection of each request ended: true when it failed. */
async function startServer(t: Test) {
  const ends: Promise<boolean>[] = []
  const server = createServer((request, response) => {
    const connection = connectionOf(request.socket)
    ends.push(new Promise((resolve) => connection.add({ closed: resolve })))
    response.end('an answer')
  })
  rememberConnections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  /** Opens a connection and asks for `requests` answers. */
  const ask = async (requests: number, reads: boolean) => {
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
  const socket = await ask(1, true)
  socket.end()
  t.same(await Promise.all(ends), [false])
})

t.test('a connection that its peer resets has failed', async (t) => {
  const { ends, ask } = await startServer(t)
  const socket = await ask(1, true)
  socket.resetAndDestroy()
  t.same(await Promise.all(ends), [true])
})

t.test('a connection whose peer went without having read what was written has failed', async (t) => {
  const { ends, ask } = await startServer(t)
  const socket = await ask(1, false)
  // The kernel of the peer must have the answer before the peer goes.
  await new Promise((resolve) => setTimeout(resolve, 50))
  socket.destroy()
  t.same(await Promise.all(ends), [true])
})

t.test('every exchange on a connection is told of its end, and the socket gets no listener for any', async (t) => {
  const { ends, ask, server } = await startServer(t)
  const connected = once(server, 'connection')
  const asking = ask(20, true)
  const [peer] = await connected
  const socket = await asking
  t.ok(peer.listenerCount('close') < 5)
  socket.resetAndDestroy()
  t.same(await Promise.all(ends), Array(20).fill(true))
})

t.test('a server that does not remember its connections is found out', async (t) => {
  t.throws(() => connectionOf(connect({ port: 1 }).on('error', () => {})), /rememberConnections was not called/)
})
