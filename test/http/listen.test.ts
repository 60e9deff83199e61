import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { anyFree } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApp } from '../../src/http/app.ts'
import { listenAt } from '../../src/http/listen.ts'
import { LogBook } from '../support/log-book.ts'

/** As a name server has it of a machine with both families; the second is a loopback address that machines always have. */
const both = async () => ['127.0.0.1', '127.0.0.2']

function open(t: Test, options: { readonly maxConnections?: number } = {}) {
  const log = new LogBook()
  const app = createApp({
    clock: systemClock,
    maxBodyBytes: 1_024,
    log: { ...quiet, warn: log.warn.bind(log) },
    ...options,
  })
  const asked = Promise.withResolvers<() => void>()
  app.get('/quick', async () => 'quick')
  app.get('/slow', () => new Promise((resolve) => asked.resolve(() => resolve('slow'))))
  t.teardown(() => app.close())
  return { app, log, asked: asked.promise, portOf: () => (app.server.address() as AddressInfo).port }
}
const quiet = { error() {}, warn() {}, debug() {} }

/** Asks at an address over a connection that is kept open; the body of the answer, or null when there was none. */
function ask(t: Test, host: string, port: number, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, agent: false }, (response) => {
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve(text))
    })
    asked.on('error', () => resolve(null))
    t.teardown(() => void asked.destroy())
    asked.end()
  })
}

t.test('a name that leads to several addresses is served at each of them', async (t) => {
  const { app, portOf } = open(t)
  await listenAt(app, { host: 'localhost', port: 0 }, both)
  for (const host of await both()) t.equal(await ask(t, host, portOf(), '/quick'), 'quick')
})

t.test('addresses that the machine does not have are left out', async (t) => {
  const { app, portOf } = open(t)
  await listenAt(app, { host: 'localhost', port: 0 }, async () => ['2001:db8::7', '127.0.0.1', '127.0.0.1'])
  t.equal(await ask(t, '127.0.0.1', portOf(), '/quick'), 'quick')
})

t.test('a name that leads to no address of the machine is refused by its address', async (t) => {
  const { app } = open(t)
  await t.rejects(
    listenAt(app, { host: 'elsewhere', port: 0 }, async () => ['192.0.2.7']),
    /192\.0\.2\.7/,
  )
})

t.test('an address at which somebody else listens is refused', async (t) => {
  const other = createServer()
  const port = await anyFree()
  await once(other.listen({ port, host: '127.0.0.2' }), 'listening')
  t.teardown(() => void other.close())
  const { app } = open(t)
  await t.rejects(listenAt(app, { host: 'localhost', port }, both), { code: 'EADDRINUSE' })
})

t.test('a stop waits for the responses at every address, and closes idle connections', async (t) => {
  const { app, asked, portOf } = open(t)
  await listenAt(app, { host: 'localhost', port: 0 }, both)
  const idle = connect(portOf(), '127.0.0.2')
  await once(idle, 'connect')
  idle.write('GET /quick HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(idle, 'data')
  const slow = ask(t, '127.0.0.2', portOf(), '/slow')
  const answer = await asked
  const over = once(idle, 'close')
  idle.resume()
  const closed = app.close()
  await over
  answer()
  t.equal(await slow, 'slow')
  await closed
  await until(() => app.connections.size === 0)
})

t.test('the bound on connections holds for all addresses together', async (t) => {
  const { app, log, portOf } = open(t, { maxConnections: 2 })
  await listenAt(app, { host: 'localhost', port: 0 }, both)
  const port = portOf()
  const opened = ['127.0.0.2', '127.0.0.1'].map((host) => connect(port, host))
  for (const socket of opened) t.teardown(() => void socket.destroy())
  for (const socket of opened) {
    socket.write('GET /quick HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(socket, 'data')
  }
  for (const host of await both()) t.equal(await ask(t, host, port, '/quick'), null, host)
  t.ok(log.count('warn') > 0)
  for (const socket of opened) {
    socket.destroy()
    await once(socket, 'close')
  }
  for (;;) if ((await ask(t, '127.0.0.1', port, '/quick')) === 'quick') break
  t.pass('places that are free again are given again')
})
