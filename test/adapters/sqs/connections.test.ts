import { createServer, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { Connections } from '../../../src/adapters/sqs/connections.ts'
import { listenHere } from '../../support/listen-here.ts'

const options = {
  maxSockets: 2,
  connectTimeout: 3_000,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 20_000,
}

/** A server whose responses the test ends, and connections to it. */
async function world(t: Pick<Test, 'teardown'>) {
  const open = new Map<string, ServerResponse>()
  let sockets = 0
  const server = createServer((request, response) => void open.set(request.url ?? '', response))
  server.on('connection', () => {
    sockets += 1
  })
  const connections = new Connections(await listenHere(t, server), options)
  t.teardown(() => connections.destroy())
  return {
    open,
    connections,
    sockets: () => sockets,
    call: (path: string, frees?: number) => call(connections, path, frees),
  }
}

/** Makes a call; resolves to `ended`, or to the code of its error. It frees its connection once, or as often as told. */
function call(connections: Connections, path: string, frees = 1): Promise<string> {
  return new Promise((resolve) => {
    const end = (how: string) => {
      for (let i = 0; i < frees; i++) handler.free()
      resolve(how)
    }
    const handler = {
      free: () => {},
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: () => end('ended'),
      onResponseError: (_: unknown, error: Error) => end((error as Error & { code: string }).code),
    }
    connections.dispatch({ path, method: 'POST', body: 'x' }, handler)
  })
}

t.test('a call past the maximum waits for a connection, and connections are used again', async (t) => {
  const { open, sockets, call } = await world(t)
  const first = call('/first')
  const second = call('/second')
  await until(() => open.size === 2)
  const third = call('/third')
  open.get('/second')?.end()
  t.equal(await second, 'ended')
  await until(() => open.has('/third'))
  t.equal(sockets(), 2)
  for (const path of ['/first', '/third']) open.get(path)?.end()
  t.same(await Promise.all([first, third]), ['ended', 'ended'])
})

t.test('a connection that a call frees twice has one call at a time', async (t) => {
  const { open, call } = await world(t)
  const first = call('/first', 2)
  await until(() => open.has('/first'))
  open.get('/first')?.end()
  t.equal(await first, 'ended')
  const calls = ['/second', '/third'].map((path) => call(path))
  // On one connection the third would be sent after the second has ended.
  await until(() => open.has('/second') && open.has('/third'))
  for (const path of ['/second', '/third']) open.get(path)?.end()
  t.same(await Promise.all(calls), ['ended', 'ended'])
})

t.test('a connection that fails is made again for the call that waits', async (t) => {
  const { open, call } = await world(t)
  const failing = [call('/first'), call('/second')]
  await until(() => open.size === 2)
  const waiting = call('/third')
  for (const response of open.values()) response.socket?.destroy()
  t.same(await Promise.all(failing), ['UND_ERR_SOCKET', 'UND_ERR_SOCKET'])
  await until(() => open.has('/third'))
  open.get('/third')?.end()
  t.equal(await waiting, 'ended')
})

t.test('calls fail one after the other when nothing listens', async (t) => {
  const connections = new Connections('http://127.0.0.1:1', options)
  t.teardown(() => connections.destroy())
  const calls = Array.from({ length: 5 }, (_, index) => call(connections, `/${index}`))
  t.same(new Set(await Promise.all(calls)), new Set(['ECONNREFUSED']))
})

t.test('calls that are in flight, that wait or that come later fail when the connections are closed', async (t) => {
  const { open, connections, call } = await world(t)
  const calls = ['/first', '/second', '/third'].map((path) => call(path))
  await until(() => open.size === 2)
  connections.destroy()
  calls.push(call('/fourth'))
  t.same(new Set(await Promise.all(calls)), new Set(['UND_ERR_DESTROYED']))
})
