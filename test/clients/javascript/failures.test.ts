import t, { type Test } from 'tap'
import {
  answers,
  breaks,
  Notifications,
  noPauses,
  notifications,
  type Parts,
  refuses,
  type Step,
  scriptedServer,
} from './scripted-server.ts'

/** Polls a server with this script until a notification comes; returns what happened meanwhile. */
async function run(t: Test, script: readonly Step[], parts: Parts = {}) {
  const server = await scriptedServer(t, ...script, answers('c', 'a'))
  const { pauses, pause } = noPauses()
  const asked: boolean[] = []
  const getToken = ({ refresh }: { refresh: boolean }) => {
    asked.push(refresh)
    return `token-${asked.length}`
  }
  const running = notifications({ url: server.url, getToken }, { pause, random: () => 1, ...parts })
  try {
    for await (const { id } of running) {
      t.equal(id, 'a')
      break
    }
  } catch (error) {
    return { server, pauses, asked, error }
  }
  return { server, pauses, asked, error: null }
}

t.test('a lost connection is retried after a time that doubles, up to half a minute', async (t) => {
  const { pauses } = await run(t, Array(9).fill(breaks))
  t.same(pauses, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})

t.test('the time before a retry is random, between zero and its maximum', async (t) => {
  const drawn = [0.5, 0, 0.5, 0.25, 0.5]
  const { pauses } = await run(t, [breaks, breaks], { random: () => drawn.shift() ?? 0 })
  t.same(pauses, [0, 125], 'polls draw a random number in between, to spread their waits')
})

t.test('an answer resets the time before a retry', async (t) => {
  const server = await scriptedServer(t, breaks, breaks, answers('c1', 'a'), breaks, answers('c2', 'b'))
  const { pauses, pause } = noPauses()
  for await (const { id } of notifications({ url: server.url, getToken: () => 'x' }, { pause, random: () => 1 })) {
    if (id === 'b') break
  }
  t.same(pauses, [250, 500, 250])
  t.equal(server.polls.at(-1)?.query.get('cursor'), 'c1', 'a cursor is sent again until a request with it is answered')
})

for (const [status, error] of [
  [429, 'ERROR_TOO_MANY_REQUESTS'],
  [503, 'ERROR_DRAINING'],
] as const) {
  t.test(`a ${status} with Retry-After is retried no sooner than that`, async (t) => {
    const { pauses } = await run(t, [refuses(status, error, { 'retry-after': '7' })])
    t.same(pauses, [7000, 250])
  })
}

t.test('Retry-After may be a date, and is limited to an hour', async (t) => {
  const inAnHour = new Date(Date.now() + 1_800_000).toUTCString()
  const [first = 0, second] = (await run(t, [refuses(503, 'ERROR_DRAINING', { 'retry-after': inAnHour })])).pauses
  t.ok(first > 1_790_000 && first <= 1_800_000, `${first}`)
  t.equal(second, 250)
  const longPast = new Date(0).toUTCString()
  for (const [value, expected] of [
    ['99999999999', [3_600_000, 250]],
    [longPast, [250]],
    ['soon', [250]],
    ['-5', [250]],
  ] as const) {
    t.same((await run(t, [refuses(503, 'ERROR_DRAINING', { 'retry-after': value })])).pauses, expected, value)
  }
})

t.test('5xx, 408 and 425 are temporary', async (t) => {
  const passing = [500, 501, 502, 504, 408, 425].map((status) => refuses(status, 'ERROR_X'))
  t.equal((await run(t, passing)).pauses.length, passing.length)
})

t.test('a 401 leads to one new token at once', async (t) => {
  const { server, asked, pauses } = await run(t, [refuses(401, 'ERROR_TOKEN_EXPIRED')])
  t.same(asked, [false, true])
  t.same(pauses, [])
  t.same(
    server.polls.map(({ headers }) => headers.authorization),
    ['Bearer token-1', 'Bearer token-2'],
  )
})

t.test('a 401 with the new token too leads to a pause before each further token', async (t) => {
  const { asked, pauses } = await run(t, Array(4).fill(refuses(401, 'ERROR_INVALID_JWT')))
  t.same(asked, [false, true, true, true, true])
  t.same(pauses, [250, 500, 1000])
})

t.test('a token that was accepted before is replaced at once each time it expires', async (t) => {
  const expired = refuses(401, 'ERROR_TOKEN_EXPIRED')
  const server = await scriptedServer(
    t,
    expired,
    answers('c', 'a'),
    expired,
    answers('d', 'b'),
    expired,
    answers('e', 'c'),
  )
  const asked: boolean[] = []
  const getToken = ({ refresh }: { refresh: boolean }) => {
    asked.push(refresh)
    return 'token'
  }
  const { pauses, pause } = noPauses()
  for await (const { id } of notifications({ url: server.url, getToken }, { pause })) if (id === 'c') break
  t.same(asked, [false, true, true, true])
  t.same(pauses, [])
})

for (const [status, error] of [
  [400, 'ERROR_INVALID_ARGUMENT'],
  [403, 'ERROR_FORBIDDEN'],
  [404, 'ERROR_NOT_FOUND'],
] as const) {
  t.test(`a ${status} is permanent`, async (t) => {
    const { server, error: thrown } = await run(t, [refuses(status, error)])
    t.match(thrown, {
      name: 'NotificationsError',
      code: error,
      status,
      context: 'trace-1',
      permanent: true,
      message: 'No',
    })
    t.equal(server.polls.length, 1)
  })
}

/** Refusals of proxies, ingresses, gateways and other servers, as they come during a deploy. */
const foreign: Readonly<Record<string, string>> = {
  'a page of nginx':
    '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body><center>nginx</center></body>\r\n</html>',
  'a default backend of Kubernetes': 'default backend - 404',
  'an API gateway of AWS': '{"message":"Not Found"}',
  'an API gateway of AWS without a token': '{"message":"Missing Authentication Token"}',
  'a bucket': '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
  'an OAuth server': '{"error":"invalid_request","error_description":"No"}',
  'a Spring application':
    '{"timestamp":"2026-11-21T20:15:03Z","status":404,"error":"Not Found","path":"/notifications"}',
  'a problem document': '{"type":"about:blank","title":"Forbidden","status":403}',
  'a code that is not text': '{"error":{"code":404},"message":"No","context":"x"}',
  'a code without a message': '{"error":"ERROR_NOT_FOUND"}',
  'another list of codes': '{"error":"NOT_FOUND","message":"No","context":"x"}',
  nothing: '',
  null: 'null',
  'a list': '[]',
}
for (const status of [400, 403, 404, 405, 410, 413]) {
  t.test(`a ${status} that is not from the service is retried like any failure`, async (t) => {
    const bodies = Object.values(foreign)
    const script = bodies.map(
      (body): Step =>
        (response) =>
          response.writeHead(status).end(body),
    )
    const { pauses, error } = await run(t, script)
    t.equal(error, null)
    t.equal(pauses.length, bodies.length)
  })
}

t.test('a refusal that is not from the service is reported with its status and no code of the service', async (t) => {
  const server = await scriptedServer(
    t,
    ...Object.values(foreign).map(
      (body): Step =>
        (response) =>
          response.writeHead(404).end(body),
    ),
  )
  const { pause } = noPauses()
  const errors: unknown[] = []
  const source = new Notifications({ url: server.url, getToken: () => 'token' }, { pause })
  const enough = new Promise<void>((resolve) => {
    source.addEventListener('error', ({ error, retryInMs }) => {
      t.type(retryInMs, 'number')
      errors.push(error)
      if (errors.length === Object.keys(foreign).length) resolve()
    })
  })
  source.start()
  await enough
  await source.close()
  for (const error of errors) {
    t.match(error, { code: 'ERROR_HTTP', message: 'Status 404', status: 404, context: null, permanent: false })
  }
})

t.test('a refusal of the service is permanent only with a status that the contract has for one', async (t) => {
  const odd = [402, 409, 418, 422, 451].map((status) => refuses(status, 'ERROR_X'))
  t.equal((await run(t, odd)).pauses.length, odd.length)
})

t.test('getToken is called again after it threw; an empty token ends the client', async (t) => {
  const server = await scriptedServer(t, answers('c', 'a'))
  const { pauses, pause } = noPauses()
  const results: (() => string | null)[] = [
    () => {
      throw new Error('offline')
    },
    () => 'token',
  ]
  for await (const _ of notifications(
    { url: server.url, getToken: () => results.shift()?.() },
    { pause, random: () => 1 },
  )) {
    break
  }
  t.same(pauses, [250])
  const signedOut = notifications({ url: server.url, getToken: async () => null })
  await t.rejects(signedOut.next(), { code: 'ERROR_NO_TOKEN', permanent: true })
})

const lies: Record<string, Step> = {
  'a sign-in page': (response) => response.setHeader('content-type', 'text/html').end('<!doctype html><p>Sign in'),
  'half an answer': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"notifications":[{"id":"trunc')
    setImmediate(() => response.destroy())
  },
  'half an answer with a proper end': (response) => response.end('{"notifications":[{"id":"trunc'),
  'JSON of another form': (response) => response.end('{"ok":true}'),
  null: (response) => response.end('null'),
  'notifications without ids': (response) => response.end('{"notifications":[{}],"cursor":"c"}'),
  'a cursor that is not a string': (response) => response.end('{"notifications":[],"cursor":7}'),
  'a redirection': (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
}
for (const [what, lie] of Object.entries(lies)) {
  t.test(`${what} is retried like any failure`, async (t) => {
    const { server, pauses, error } = await run(t, [lie, lie])
    t.equal(error, null)
    t.same(pauses, [250, 500])
    t.ok(server.polls.every(({ path }) => path === '/notifications'))
  })
}

t.test('an answer with a wrong content type but the right form is accepted', async (t) => {
  const { pauses } = await run(t, [
    (response) => response.setHeader('content-type', 'text/plain').end('{"notifications":[],"cursor":"c"}'),
  ])
  t.same(pauses, [])
})

t.test('a poll without a complete answer is given up some time after its wait', async (t) => {
  const closed: Promise<void>[] = []
  const stalls =
    (begin: string): Step =>
    (response) => {
      closed.push(new Promise((resolve) => response.once('close', resolve)))
      if (begin) response.write(begin)
    }
  // The shortest wait is one second.
  const server = await scriptedServer(t, stalls(''), stalls('{"notifications":['), answers('c', 'a'))
  const { pauses, pause } = noPauses()
  const parts = { pause, random: () => 1, graceMs: 10 }
  for await (const _ of notifications({ url: server.url, getToken: () => 'token', wait: 1 }, parts)) break
  t.same(pauses, [250, 500])
  await Promise.all(closed)
})

t.test('coming back online ends the pause, except the part that the service asked for', async (t) => {
  const server = await scriptedServer(
    t,
    breaks,
    refuses(503, 'ERROR_DRAINING', { 'retry-after': '1' }),
    answers('c', 'a'),
  )
  // A browser has these functions, Node has not.
  const network = new EventTarget()
  Object.assign(globalThis, {
    addEventListener: network.addEventListener.bind(network),
    removeEventListener: network.removeEventListener.bind(network),
  })
  t.teardown(() => {
    Reflect.deleteProperty(globalThis, 'addEventListener')
    Reflect.deleteProperty(globalThis, 'removeEventListener')
  })
  const online = setInterval(() => network.dispatchEvent(new Event('online')), 10)
  t.teardown(() => clearInterval(online))
  const startedAt = performance.now()
  // Drawn in turn for the spread of a poll and for a pause; the pauses would take 11 hours.
  const drawn = [0, 160_000, 0, 160_000]
  for await (const _ of notifications({ url: server.url, getToken: () => 'x' }, { random: () => drawn.shift() ?? 0 }))
    break
  const tookMs = performance.now() - startedAt
  t.ok(tookMs >= 990, `${tookMs} ms`)
})

t.test('a pause ends when the client is stopped', async (t) => {
  const stop = new AbortController()
  const server = await scriptedServer(t, (response) => {
    refuses(503, 'ERROR_DRAINING', { 'retry-after': '3000' })(response, {} as never)
    setTimeout(() => stop.abort(), 50)
  })
  for await (const _ of notifications({ url: server.url, getToken: () => 'token', signal: stop.signal }));
  t.equal(server.polls.length, 1)
})
