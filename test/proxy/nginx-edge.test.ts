import { connect } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { checkContract } from '../support/contract.ts'
import { openEvents } from '../support/event-stream.ts'
import { keepSecret } from '../support/leaks.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type NotUpgraded, openFrames } from '../support/web-socket.ts'
import { type Problem, startWorld } from '../support/world.ts'

const page = 'https://app.example'
const largest = 262_144

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await answered()

async function answered() {
  const world = withInstancesHere(await startWorld(t))
  const instances = await Promise.all([world.peer(t, { CORS_ORIGINS: page }), world.peer(t, { CORS_ORIGINS: page })])
  const [first] = instances
  const proxy = await startNginx(t, instances)
  const { callbackPath, call } = tasks(world)

  t.test('callbacks with the largest body are stored, and arrive complete', async (t) => {
    const path = keepSecret(await callbackPath(proxy, 'alice'))
    for (const letter of ['a', 'b']) {
      const body = letter.repeat(largest)
      t.equal((await call(proxy, path, body)).status, 202)
      t.match((await world.next(proxy, 'alice')).notifications, [{ body }])
    }
  })

  t.test(
    'a body with one byte more is refused by the service, and a larger one by nginx, in the same form',
    async (t) => {
      const path = keepSecret(await callbackPath(proxy, 'bob'))
      // So many requests reach both instances, also over connections that were used before.
      for (const size of [largest + 1, largest + 1, largest + 2, 2 * largest, 1_048_576, 1_048_577, 3_000_000]) {
        for (const asked of [path, '/notifications']) {
          const headers = asked === path ? {} : world.bearer('publisher', { scope: 'notifications:publish' })
          const refused = await call(proxy, asked, 'x'.repeat(size), { ...headers, 'content-type': 'application/json' })
          t.equal(refused.status, 413, `${size} bytes`)
          t.equal(refused.json<Problem>().error, 'ERROR_CONTENT_TOO_LONG')
          t.equal(refused.headers.get('trace-id'), refused.json<Problem>().context)
        }
      }
      t.equal((await world.poll(proxy, 'bob', 'wait=0')).status, 204, 'no part of the body was stored')
    },
  )

  t.test('the relay and the metrics cannot be reached from outside', async (t) => {
    t.equal((await world.ask(first, '/metrics')).status, 200)
    const metrics = ['/metrics', '/metrics?x=1', '/%6detrics', '//metrics', '/./metrics', '/health/../metrics']
    const relays = ['/internal/relay', '/internal/relay/', '/%69nternal/relay', '//internal/relay', '/internal%2Frelay']
    const climbing = ['/health/..%2Finternal/relay', '/internal/../internal/relay']
    let asked = 0
    for (const path of [...metrics, ...relays, ...climbing]) {
      for (const method of ['GET', 'POST']) {
        const traceId = `outside-${++asked}`
        const { status, headers, body } = await raw(
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\ntrace-id: ${traceId}\r\n`,
        )
        t.equal(status, 404, `${method} ${path}`)
        checkContract({ method, path, status, headers, bodyText: body })
        t.match(JSON.parse(body), { error: 'ERROR_NOT_FOUND', context: traceId })
        await until(() => proxy.accesses.some((access) => access.traceId === traceId))
        const access = proxy.accesses.find((access) => access.traceId === traceId)
        t.same(access?.upstreams, ['-'], 'no instance got the request')
      }
    }
    for (const path of ['/metrics/', '/METRICS', '/internal', '/INTERNAL/relay', '/%2569nternal/relay']) {
      t.equal((await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n`)).status, 404, path)
    }
  })

  t.test('refusals by nginx have the shape of every error', async (t) => {
    const requests: Record<string, string> = {
      'no Host': 'GET /health HTTP/1.1\r\n',
      'two Hosts': 'GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n',
      'no HTTP': 'rubbish\r\n',
      'a header beyond all measure': `GET /health HTTP/1.1\r\nHost: x\r\nx: ${'x'.repeat(20_000)}\r\n`,
    }
    for (const [what, request] of Object.entries(requests)) {
      const { status, headers, body } = await raw(request)
      t.equal(status, 400, what)
      checkContract({ method: 'GET', path: '/nowhere', status, headers, bodyText: body })
    }
    const { status, headers, body } = await raw(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n`)
    t.equal(status, 414)
    checkContract({ method: 'GET', path: '/nowhere', status, headers, bodyText: body })
  })

  t.test('refusals by the service pass unchanged', async (t) => {
    const headers = { origin: page, authorization: 'Bearer nonsense', 'trace-id': 'mine' }
    const [direct, through] = await Promise.all(
      [first, proxy].map((at) => world.ask(at, '/notifications?wait=-1', { headers })),
    )
    t.equal(through?.status, 401)
    t.match(through?.headers.get('www-authenticate'), /^Bearer .*error="invalid_token"/)
    t.equal(through?.headers.get('access-control-allow-origin'), page)
    t.equal(through?.headers.get('trace-id'), 'mine')
    t.equal(through?.text, direct?.text)
    const hop = ['connection', 'keep-alive', 'server', 'date', 'transfer-encoding', 'content-length']
    const without = (found?: Headers) => [...(found ?? [])].filter(([name]) => !hop.includes(name))
    t.same(without(through?.headers), without(direct?.headers))

    const unknown = await world.ask(proxy, '/nowhere')
    t.equal(unknown.status, 404)
    const wrongMethod = await world.ask(proxy, '/callback/x', { method: 'PUT' })
    t.equal(wrongMethod.status, 405)
    t.equal(wrongMethod.headers.get('allow'), 'POST')
  })

  t.test('pages of allowed origins may send requests, and read the responses', async (t) => {
    const asks = {
      origin: page,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    }
    const preflight = await world.ask(proxy, '/notifications', { method: 'OPTIONS', headers: asks })
    t.equal(preflight.status, 204)
    t.equal(preflight.headers.get('access-control-allow-origin'), page)
    t.match(preflight.headers.get('access-control-allow-headers'), /Authorization/)
    const answer = await world.poll(proxy, 'alice', 'wait=0', { headers: { origin: page } })
    t.equal(answer.headers.get('access-control-allow-origin'), page)
    t.match(answer.headers.get('access-control-expose-headers'), /WWW-Authenticate/)
  })

  t.test('a WebSocket is refused before the upgrade, like without nginx', async (t) => {
    const url = `${proxy.url}/notifications`
    const refusal = (options: object) =>
      openFrames(t, url, options).then(
        () => null,
        (error: NotUpgraded) => error,
      )
    const nobody = await refusal({})
    t.equal(nobody?.status, 401)
    t.match(nobody?.headers['www-authenticate'], /^Bearer/)
    t.equal((await refusal({ headers: world.bearer('pages'), origin: 'https://evil.example' }))?.status, 403)
  })

  t.test('the response, the log of nginx and that of the service have the same trace id', async (t) => {
    const parent = '0af7651916cd43dd8448eb211c80319c'
    const given: [Record<string, string>, RegExp][] = [
      [{ 'trace-id': 'order:42/b' }, /^order:42\/b$/],
      [{ traceparent: `00-${parent}-b7ad6b7169203331-01` }, new RegExp(`^${parent}$`)],
      [{ traceparent: `00-${parent}-b7ad6b7169203331-01`, 'trace-id': 'both' }, /^both$/],
      [{ 'trace-id': 'has "quotes" in it' }, /^[0-9a-f]{32}$/],
      [{ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, /^[0-9a-f]{32}$/],
      [{}, /^[0-9a-f]{32}$/],
    ]
    for (const [headers, wanted] of given) {
      // One request is answered by nginx, the other by an instance.
      for (const path of ['/metrics', '/nowhere']) {
        const answer = await world.ask(proxy, path, { headers })
        const traceId = answer.headers.get('trace-id') ?? ''
        t.match(traceId, wanted)
        t.not(traceId, '0'.repeat(32))
        t.equal(answer.json<Problem>().context, traceId)
        await until(() => proxy.accesses.some((access) => access.traceId === traceId && access.status === 404))
      }
    }
  })

  t.test('the access log has no callback ids, no tickets and no client ids', async (t) => {
    const path = keepSecret(await callbackPath(proxy, 'clara-of-the-log'))
    const ticket = await world.ticket(proxy, 'clara-of-the-log')
    const before = proxy.accesses.length
    await call(proxy, path, 'told')
    await call(proxy, path.replace('callback', '%63allback'), 'told')
    const events = await openEvents(t, `${proxy.url}/notifications?ticket=${ticket}`)
    await events.notification().catch(() => events.notification())
    events.hangUp()
    await world.session(proxy, 'clara-of-the-log')
    await until(() => proxy.accesses.length >= before + 4)
    t.notMatch(proxy.accessLog, path.slice('/callback/'.length))
    t.notMatch(proxy.accessLog, ticket)
    t.notMatch(proxy.accessLog, 'clara-of-the-log')
    const operations = proxy.accesses.slice(before).map(({ operation }) => operation)
    t.same(operations.sort(), ['/callback', '/notifications', '/sessions', 'other'])
  })

  /** Sends a header and its end. Returns the complete response. */
  function raw(request: string): Promise<{ status: number; headers: Record<string, string>; body: string }> {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
    t.teardown(() => void socket.destroy())
    return new Promise((resolve, reject) => {
      let text = ''
      socket.on('error', reject)
      socket.on('data', (chunk) => {
        text += chunk
        const [head = '', body = ''] = text.split('\r\n\r\n')
        const [first = '', ...lines] = head.split('\r\n')
        const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ')))
        if (!text.includes('\r\n\r\n') || body.length < Number(headers['content-length'] ?? 0)) return
        socket.destroy()
        resolve({ status: Number(first.split(' ')[1]), headers, body })
      })
      socket.on('close', () => reject(new Error(`it has closed after "${text}"`)))
      socket.write(`${request}\r\n`)
    })
  }
}
