import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import type { Problem } from '../support/world.ts'

const json = { 'content-type': 'application/json' }

/** Checks that a response reveals nothing internal. */
function assertDiscreet(t: Test, text: string): void {
  t.notMatch(
    text,
    /node_modules|\.ts:|at \w+ \(|postgres:|my_password|127\.0\.0\.1|Error:/,
    'the response reveals nothing internal',
  )
}

t.test('the edge, which is the same in every mode', async (t) => {
  const world = await startClientQueueWorld(t)
  const service = await world.service(t)

  t.test('an unknown path is answered with 404', async (t) => {
    for (const path of [
      '/',
      '/nothing',
      '/notifications/',
      '/notifications/x',
      '/sessions',
      '/sessions/a/b',
      '/HEALTH',
    ]) {
      const response = await world.ask(service, path)
      t.equal(response.status, 404, path)
      t.equal(response.json<Problem>().error, 'ERROR_NOT_FOUND')
    }
  })

  t.test('a method that a path does not support is answered with 405 and the methods that it supports', async (t) => {
    const cases: [string, string, string][] = [
      ['POST', '/health', 'GET, HEAD'],
      ['DELETE', '/notifications', 'GET, POST'],
      ['PUT', '/notifications/ack', 'POST'],
      ['GET', '/notifications/ack', 'POST'],
      ['PATCH', '/sessions/alice', 'GET'],
      ['OPTIONS', '/health/ready', 'GET, HEAD'],
    ]
    for (const [method, path, allow] of cases) {
      const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? { body: '{', headers: json } : {}
      const response = await world.ask(service, path, { method, ...body })
      t.equal(response.status, 405, `${method} ${path}`)
      t.match(response.json(), { error: 'ERROR_METHOD_NOT_ALLOWED' })
      t.equal(response.headers.get('allow'), allow)
    }
  })

  t.test('HEAD is answered like GET, without a body', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('HEAD', '/health')
    connection.request('HEAD', '/nothing')
    connection.request('HEAD', '/notifications')
    connection.request('GET', '/health')
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await connection.answer()).status)
    t.same(statuses, [200, 404, 405, 200])
  })

  t.test('a body that does not match the contract is refused', async (t) => {
    const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
      world.ask(service, '/notifications/ack', {
        method: 'POST',
        body,
        headers: { ...world.bearer('alice'), ...headers },
      })
    const good = '{"cursor":"x"}'
    const cases: Record<string, [string | Uint8Array<ArrayBuffer>, Record<string, string>]> = {
      'another content type': [good, { 'content-type': 'text/plain' }],
      'a form': ['cursor=x', { 'content-type': 'application/x-www-form-urlencoded' }],
      'a content type that is none': [good, { 'content-type': 'nonsense' }],
      'another charset': [Buffer.from(good, 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }],
      'a charset that is not said in truth': [Buffer.from(good, 'utf16le'), json],
      'bytes that are no UTF-8': [Buffer.from([...Buffer.from('{"cursor":"'), 0xff, 0xfe, ...Buffer.from('"}')]), json],
      'a compressed body': [Uint8Array.from(gzipSync(good)), { ...json, 'content-encoding': 'gzip' }],
      'a body said to be compressed': [good, { ...json, 'content-encoding': 'br' }],
      'half a JSON': ['{"cursor":', json],
      'no JSON': ['cursor', json],
      'an empty body': ['', json],
      'a member that would change every object': ['{"cursor":"x","__proto__":{"a":1}}', json],
      'a member too many': ['{"cursor":"x","limit":1}', json],
      'a number for a text': ['{"cursor":1}', json],
    }
    for (const [name, [body, headers]] of Object.entries(cases)) {
      const response = await post(body, headers)
      t.equal(response.status, 400, name)
      t.match(response.json(), { error: 'ERROR_INVALID_ARGUMENT', message: /\w{3}/ }, name)
      assertDiscreet(t, response.text)
    }
    t.equal((await post(good, { 'content-type': 'application/json; charset="UTF-8"' })).status, 200)
    t.equal((await post(`{"cursor":"${'x'.repeat(262_144)}"}`, json)).status, 413)
    t.equal((await post(`{"cursor":"${'x'.repeat(262_144 - 13)}"}`, json)).status, 200, 'the largest body is accepted')
  })

  t.test('an endless body is refused at the limit', async (t) => {
    const connection = await world.connect(t, service)
    const headers = { ...world.bearer('alice'), ...json, 'transfer-encoding': 'chunked' }
    connection.request('POST', '/notifications/ack', headers)
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (let i = 0; i < 6; i++) connection.write(chunk)
    t.equal((await connection.answer()).status, 413)
  })

  t.test('bytes that are not HTTP are answered in the shape of every error', async (t) => {
    const garbage = [
      'nonsense\r\n\r\n',
      'GET /health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n',
      'POST /notifications/ack HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
      'POST /notifications/ack HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      '\u0016\u0003\u0001\u0000\u0000',
    ]
    for (const bytes of garbage) {
      await t.test(JSON.stringify(bytes), async (t) => {
        const connection = await world.connect(t, service)
        connection.write(bytes)
        const { status, body, headers } = await connection.answer()
        t.equal(status, 400)
        t.equal(headers.connection, 'close')
        assertDiscreet(t, body)
        await connection.closed
      })
    }
  })

  t.test('too large headers are refused', async (t) => {
    const connection = await world.connect(t, service)
    connection.write(`GET /health HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
    const { status } = await connection.answer()
    t.ok(status === 400 || status === 431, `status ${status}`)
  })

  t.test('a badly encoded URL is refused', async (t) => {
    const connection = await world.connect(t, service)
    for (const target of ['/%', '/%zz', '/sessions/%ff', '/sessions/%c0%80', '/notifications/%e0%a4%a']) {
      connection.request('GET', target, world.bearer('alice', { scope: 'sessions:read' }))
      const { status, body } = await connection.answer()
      t.equal(status, 400, target)
      assertDiscreet(t, body)
    }
    for (const target of [
      '/sessions/a%00b',
      '/sessions/%0a',
      `/sessions/${'x'.repeat(513)}`,
      `/sessions/${'x'.repeat(5_000)}`,
    ]) {
      connection.request('GET', target, world.bearer('alice', { scope: 'sessions:read' }))
      t.equal((await connection.answer()).status, 400, target.slice(0, 30))
    }
  })

  t.test('a hostile query of a poll does no harm', async (t) => {
    for (const query of [
      '__proto__=1&wait=0',
      'wait[a]=1&wait=0',
      'constructor.prototype=x&wait=0',
      `cursor=${'%F0%9F'}&wait=0`,
    ]) {
      const { status, text } = await world.poll(service, 'alice', query)
      t.ok(status === 204 || status === 400, `${query}: ${status}`)
      assertDiscreet(t, text)
    }
  })

  t.test('a request without a host is refused in the shape of every error', async (t) => {
    const connection = await world.connect(t, service)
    connection.write('GET /health HTTP/1.1\r\n\r\n')
    t.equal((await connection.answer()).status, 400)
  })

  t.test('an unknown expectation is refused in the shape of every error', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/health', { expect: 'the-impossible' })
    t.ok((await connection.answer()).status > 0, 'the connection stays open')
  })

  t.test('an unknown upgrade is answered like a request without an upgrade', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/health', { connection: 'upgrade', upgrade: 'h2c' })
    t.equal((await connection.answer()).status, 200)
  })

  t.test('no bad request causes a log line above info', async (t) => {
    t.same(service.warnings, [])
    t.equal(service.output, '')
  })
})
