import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { openEvents } from '../support/event-stream.ts'
import { startServiceHere } from '../support/service-here.ts'

const page = 'https://app.example'

t.test('the edge, which is the same in every mode', async (t) => {
  const world = await startClientQueueWorld(t)
  const [some, all, none] = await Promise.all([
    startServiceHere(t, { ...world.env, CORS_ORIGINS: `${page}, http://localhost:5173`, MAX_POLLS_PER_CLIENT: '1' }),
    startServiceHere(t, { ...world.env, CORS_ORIGINS: '*' }),
    startServiceHere(t, world.env),
  ])

  const preflight = (at: { url: string }, path: string, origin: string, headers: Record<string, string> = {}) =>
    fetch(at.url + path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET', ...headers } })

  /** Returns the CORS headers among these. */
  const corsOf = (headers: Headers): Record<string, string> =>
    Object.fromEntries([...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')))

  t.test('a preflight is answered without a token, and may be cached', async (t) => {
    for (const path of [
      '/notifications',
      '/notifications/ack',
      '/tickets',
      '/registrations',
      '/registrations/x',
      '/health',
    ]) {
      const response = await preflight(some, path, page)
      t.equal(response.status, 204, path)
      const cors = corsOf(response.headers)
      t.equal(cors['access-control-allow-origin'], page)
      t.equal(cors['access-control-max-age'], '86400')
      t.match(cors.vary, /\bOrigin\b/i)
      const methods = cors['access-control-allow-methods']?.split(', ')
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) t.ok(methods?.includes(method), method)
      const wanted = [
        'Authorization',
        'Content-Type',
        'Last-Event-ID',
        'Prefer',
        'trace-id',
        'traceparent',
        'Idempotency-Key',
      ]
      t.same(cors['access-control-allow-headers']?.split(', '), wanted)
    }
  })

  t.test('an origin must match an entry of the list exactly', async (t) => {
    const others = [
      'https://evil.example',
      `${page}.evil.example`,
      `${page}:444`,
      'http://app.example',
      'null',
      page.toUpperCase(),
    ]
    for (const origin of others) {
      t.notOk((await preflight(some, '/notifications', origin)).headers.get('access-control-allow-origin'), origin)
      const { headers } = await world.poll(some, 'other', 'wait=0', { headers: { origin } })
      t.notOk(headers.get('access-control-allow-origin'), origin)
      t.match(headers.get('vary'), /Origin/i, 'caches keep origins apart')
    }
    t.equal(
      (await preflight(some, '/notifications', 'http://localhost:5173')).headers.get('access-control-allow-origin'),
      'http://localhost:5173',
    )
  })

  t.test('pages of allowed origins can read every response', async (t) => {
    const headers = { origin: page }
    const expected = {
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, Preference-Applied, trace-id, WWW-Authenticate',
      vary: 'Origin',
    }
    const nothing = await world.poll(some, 'alice', 'wait=0', { headers })
    t.equal(nothing.status, 204)
    t.same(corsOf(nothing.headers), expected)

    const held = world.poll(some, 'alice', '', { headers })
    await world.holds(some, 1)
    const tooMany = await world.poll(some, 'alice', '', { headers })
    t.equal(tooMany.status, 429)
    t.same(corsOf(tooMany.headers), expected)
    t.equal(tooMany.headers.get('retry-after'), '5')
    await world.publish(some, 'alice', 'hello')
    const answer = await held
    t.equal(answer.status, 200)
    t.same(corsOf(answer.headers), expected)

    const nobody = await world.ask(some, '/notifications', { headers })
    t.equal(nobody.status, 401)
    t.same(corsOf(nobody.headers), expected)
    for (const path of ['/nothing', '/openapi.yaml', '/health']) {
      t.same(corsOf((await world.ask(some, path, { headers })).headers), expected, path)
    }

    const events = await openEvents(t, `${some.url}/notifications`, { ...world.bearer('alice'), ...headers })
    t.match(events.headers, expected)
    const refused = await openEvents(t, `${some.url}/notifications`, { ...world.bearer('alice'), ...headers })
    t.equal(refused.status, 429)
    t.match(refused.headers, expected)
  })

  t.test('with * pages of every origin may read, without credentials', async (t) => {
    const response = await preflight(all, '/notifications', 'https://anybody.example')
    t.equal(response.headers.get('access-control-allow-origin'), '*')
    t.notOk(response.headers.get('access-control-allow-credentials'))
    const { headers } = await world.poll(all, 'alice', 'wait=0', { headers: { origin: 'https://anybody.example' } })
    t.equal(headers.get('access-control-allow-origin'), '*')
  })

  t.test('an OPTIONS request that is not a preflight is a method like any other', async (t) => {
    for (const at of [some, none]) {
      const response = await world.ask(at, '/notifications', { method: 'OPTIONS' })
      t.equal(response.status, 405)
      t.equal(response.headers.get('allow'), 'GET, POST')
    }
    t.equal((await world.ask(some, '/nothing', { method: 'OPTIONS' })).status, 404)
  })

  t.test('responses have no CORS headers without allowed origins', async (t) => {
    const answers = [
      await preflight(none, '/notifications', page),
      await world.poll(none, 'alice', 'wait=0', { headers: { origin: page } }),
      await world.ask(none, '/health', { headers: { origin: page } }),
    ]
    for (const { headers } of answers) t.same(corsOf(headers), {})
    t.equal(answers[0]?.status, 405)
  })
})
