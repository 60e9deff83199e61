import { METHODS } from 'node:http'
import t, { type Test } from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { checkContract } from '../support/contract.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { attack } from './attacked-instance.ts'

const world = withInstancesHere(await startClientQueueWorld(t))
const service = await world.service(t)
const bearer = `Authorization: ${world.bearer('alice', { scope: 'sessions:read notifications:publish' }).authorization}\r\n`

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends these bytes, byte for byte, and reads the first response; null when there is none. */
async function answerTo(t: Test, bytes: string, [method, path] = ['GET', '/nothing']): Promise<Answer | null> {
  const { socket, received, closed } = await attack(t, service, bytes)
  const isWhole = () => answerIn(received(), method) !== null
  const whole = new Promise<void>((resolve) => socket.on('data', () => isWhole() && resolve()))
  await Promise.race([closed, whole])
  socket.destroy()
  const answer = answerIn(received(), method)
  if (answer === null) return null
  checkContract({ method: method ?? '', path: path ?? '', ...answer, bodyText: answer.body })
  t.equal(answer.headers['x-content-type-options'], 'nosniff')
  return answer
}

function answerIn(text: string, method = 'GET'): Answer | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((header) => [
      header.slice(0, header.indexOf(':')).toLowerCase(),
      header.slice(header.indexOf(':') + 1).trim(),
    ]),
  )
  const body = text.slice(end + 4)
  return method !== 'HEAD' && body.length < Number(headers['content-length'] ?? 0)
    ? null
    : { status: Number(line.split(' ')[1]), headers, body }
}

const errorOf = (answer: Answer | null) =>
  answer === null ? null : (JSON.parse(answer.body) as { error: string }).error

t.test('a request that is not plain HTTP/1.0 or HTTP/1.1 with one host is 400', async (t) => {
  const requests = [
    'GET /health HTTP/1.1\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n',
    'GET /health HTTP/1.0\r\nHost: a\r\nHOST: b\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: a, b\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: user@a\r\n\r\n',
    'GET /health\r\n\r\n',
    'GET /health HTTP/0.9\r\nHost: a\r\n\r\n',
    'GET /health HTTP/2.0\r\nHost: a\r\n\r\n',
    'GET /health HTTP/1.2\r\nHost: a\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /health HTTP/1.1 \r\nHost: a\r\n\r\n',
    'GET health HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost : a\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n',
    'POST /tickets HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
    'POST /tickets HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]
  for (const request of requests) {
    const answer = await answerTo(t, request)
    t.equal(answer?.status, 400, JSON.stringify(request))
    t.equal(answer?.headers.connection, 'close')
  }
  for (const host of ['service', '', 'service:8080', '[::1]:8080', 'a_b.example']) {
    t.equal((await answerTo(t, `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`))?.status, 200, host)
  }
  t.equal((await answerTo(t, 'GET /health HTTP/1.0\r\n\r\n'))?.status, 200)
})

t.test('a method that a path does not support is 405 with those that it supports, whatever the method', async (t) => {
  const paths: [path: string, allow: string][] = [
    ['/notifications', 'GET, POST'],
    ['/notifications/ack', 'POST'],
    ['/tickets', 'POST'],
    ['/sessions/alice', 'GET'],
    ['/registrations/7', 'DELETE'],
    ['/callback/7', 'POST'],
    ['/health', 'GET, HEAD'],
    ['/metrics', 'GET, HEAD'],
    ['/docs', 'GET, HEAD'],
    ['/client.js', 'GET, HEAD'],
    ['/openapi.yaml', 'GET, HEAD'],
  ]
  const methods = [...METHODS.filter((name) => name !== 'CONNECT'), 'FOO', 'get', 'X-Custom', 'BREW']
  for (const [path, allow] of paths) {
    const some = path === '/notifications' ? methods : ['PUT', 'HEAD', 'PROPFIND', 'QUERY', 'FOO']
    for (const method of some) {
      if (allow.split(', ').includes(method)) continue
      const answer = await answerTo(t, `${method} ${path}?x=1 HTTP/1.1\r\nHost: a\r\n\r\n`, [
        method === 'HEAD' ? method : 'ANY',
        path,
      ])
      t.match([answer?.status, answer?.headers.allow], [405, allow], `${method} ${path}`)
      if (method !== 'HEAD') t.equal(errorOf(answer), 'ERROR_METHOD_NOT_ALLOWED')
    }
  }
  for (const method of ['PROPFIND', 'QUERY', 'FOO', 'TRACE']) {
    t.equal((await answerTo(t, `${method} /nothing HTTP/1.1\r\nHost: a\r\n\r\n`))?.status, 404, method)
    t.equal((await answerTo(t, `${method} /internal/relay HTTP/1.1\r\nHost: a\r\n\r\n`))?.status, 404, method)
  }
  const tunnel = await answerTo(t, 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n')
  t.match([tunnel?.status, tunnel?.headers.allow], [405, ''])
})

t.test('a URL, headers or a body that are too large have a status of their own', async (t) => {
  const long = 'x'.repeat(9_000)
  const longer = 'x'.repeat(40_000)
  const cases: [request: string, status: number, error: string][] = [
    [`GET /health?${long} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'ERROR_URI_TOO_LONG'],
    [`GET /${long} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'ERROR_URI_TOO_LONG'],
    [`GET /callback/${long} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'ERROR_URI_TOO_LONG'],
    [`GET /notifications?cursor=${longer} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'ERROR_URI_TOO_LONG'],
    [`GET /${longer}`, 414, 'ERROR_URI_TOO_LONG'],
    [`GET /health HTTP/1.1\r\nHost: a\r\nX: ${longer}\r\n\r\n`, 431, 'ERROR_HEADERS_TOO_LARGE'],
    [`GET /health HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5_000)}\r\n`, 431, 'ERROR_HEADERS_TOO_LARGE'],
    [`GET /health HTTP/1.1\r\n${'X: y\r\n'.repeat(150)}Host: a\r\nHost: b\r\n\r\n`, 400, 'ERROR_INVALID_ARGUMENT'],
  ]
  for (const [request, status, error] of cases) {
    const answer = await answerTo(t, request)
    t.match([answer?.status, errorOf(answer)], [status, error], request.slice(0, 40))
  }
  const large = `Content-Type: application/json\r\nContent-Length: 300000\r\n\r\n`
  for (const [method, path] of [
    ['POST', '/tickets'],
    ['POST', '/notifications'],
    ['POST', '/registrations'],
    ['DELETE', '/registrations/7'],
  ] as const) {
    const request = `${method} ${path} HTTP/1.1\r\nHost: a\r\n${bearer}${large}${'x'.repeat(300_000)}`
    const answer = await answerTo(t, request, [method, path])
    t.match([answer?.status, errorOf(answer)], [413, 'ERROR_CONTENT_TOO_LONG'], `${method} ${path}`)
  }
  const extended = `POST /tickets HTTP/1.1\r\nHost: a\r\n${bearer}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}`
  t.equal((await answerTo(t, extended, ['POST', '/tickets']))?.status, 413)
})

t.test('a number of a query is written in plain digits', async (t) => {
  const poll = (query: string) =>
    answerTo(t, `GET /notifications?${query} HTTP/1.1\r\nHost: a\r\n${bearer}\r\n`, ['GET', '/notifications'])
  const bad = [
    'Infinity',
    '-Infinity',
    'NaN',
    '0x10',
    '0b1',
    '0o7',
    '1e3',
    '1E0',
    '.5',
    '5.',
    '+1',
    '%201',
    '1%20',
    '1,5',
    '1_0',
    '-1',
    '',
    '٣',
  ]
  for (const wait of bad) t.equal((await poll(`wait=${encodeURI(wait)}`))?.status, 400, `wait=${wait}`)
  for (const limit of ['1e1', '0x5', '1.5', '101', '0'])
    t.equal((await poll(`wait=0&limit=${limit}`))?.status, 400, limit)
  for (const wait of ['0', '0.0', '00', '0.05']) t.equal((await poll(`wait=${wait}`))?.status, 204, `wait=${wait}`)
})

t.test('a message repeats at most a hundred characters of what was sent', async (t) => {
  const long = 'secret'.repeat(1_000)
  const json = `${bearer}Content-Type: application/json\r\n`
  const post = (path: string, body: string, headers = json) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const requests: [request: string, path: string][] = [
    [post('/notifications/ack', JSON.stringify({ [long]: 1 })), '/notifications/ack'],
    [post('/notifications/ack', JSON.stringify({ cursor: 'x', [long]: 1 })), '/notifications/ack'],
    [post('/notifications/ack', long), '/notifications/ack'],
    [post('/notifications', JSON.stringify({ addressee: 'a', subject: long, body: 'x' })), '/notifications'],
    [post('/notifications/ack', '{}', `${bearer}Content-Type: ${long}\r\n`), '/notifications/ack'],
    [`GET /notifications?wait=${long} HTTP/1.1\r\nHost: a\r\n${bearer}\r\n`, '/notifications'],
    [`GET /notifications?ack=${long} HTTP/1.1\r\nHost: a\r\n${bearer}\r\n`, '/notifications'],
    [`GET /sessions/%zz${long.slice(0, 3_000)} HTTP/1.1\r\nHost: a\r\n${bearer}\r\n`, '/sessions/x'],
    [`GET /sessions/${long} HTTP/1.1\r\nHost: a\r\n${bearer}\r\n`, '/sessions/x'],
    [`GET /notifications HTTP/1.1\r\nHost: a\r\nAuthorization: ${long}\r\n\r\n`, '/notifications'],
    [`GET /notifications HTTP/1.1\r\nHost: a\r\n${bearer}Prefer: wait=${long}\r\n\r\n`, '/notifications'],
    [`GET /${long} HTTP/1.1\r\nHost: a\r\n\r\n`, '/nothing'],
  ]
  for (const [request, path] of requests) {
    const [method = ''] = request.split(' ')
    const answer = await answerTo(t, request, [method, path])
    t.ok((answer?.status ?? 0) >= 400, request.slice(0, 60))
    const sent = (answer?.body.match(/secret/g) ?? []).length * 'secret'.length
    t.ok(sent <= 100, `${sent} characters were repeated`)
    for (const value of Object.values(answer?.headers ?? {})) t.ok(value.length < 300, 'and the headers repeat no more')
  }
})
