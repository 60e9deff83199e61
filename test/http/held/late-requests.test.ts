import { connect } from 'node:net'
import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createApp } from '../../../src/http/app.ts'

const silent = { error() {}, warn() {}, debug() {} }
const connections = 50

t.test('a request that is late is told so, also by an instance that is busy when its time is up', async (t) => {
  // With the shortest keep-alive time, a connection without a request is closed soonest.
  const app = createApp({ clock: systemClock, log: silent, maxBodyBytes: 1_024, keepAliveMs: 1_000 })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const answers = Array.from(
    { length: connections },
    () =>
      new Promise<string>((resolve) => {
        let received = ''
        const socket = connect(port, '127.0.0.1', () => socket.write('GET /health HTTP/1.1\r\nX-Slow: '))
        socket.on('data', (bytes) => {
          received += bytes
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(received))
      }),
  )
  // From before the time of a request is over until after that of an idle connection.
  const busy = setTimeout(() => {
    const until = performance.now() + 2_500
    while (performance.now() < until);
  }, 14_500)
  t.teardown(() => clearTimeout(busy))
  const told = (await Promise.all(answers)).filter((answer) => answer.startsWith('HTTP/1.1 408 '))
  t.equal(told.length, connections)
})
