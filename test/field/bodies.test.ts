import { request } from 'node:http'
import t, { type Test } from 'tap'
import { withInstancesHere } from '../support/service-here.ts'
import { type At, type Problem, startWorld } from '../support/world.ts'

type Headers = Readonly<Record<string, string>>

/** How clients say that there is no body. Each row names a client that does. */
const noBody: Readonly<Record<string, Headers>> = {
  'nothing at all (fetch)': {},
  'a length of 0 (curl -X POST -d "", without a type)': { 'content-length': '0' },
  'a length of 0 and JSON (axios with a default content type)': {
    'content-length': '0',
    'content-type': 'application/json',
  },
  'JSON, and no length (HTTP clients with default headers)': { 'content-type': 'application/json' },
  'JSON in UTF-16': { 'content-type': 'application/json; charset=utf-16', 'content-length': '0' },
  'a form (curl -d "")': { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' },
  'plain text (Java, XMLHttpRequest)': { 'content-type': 'text/plain;charset=UTF-8', 'content-length': '0' },
  'a type that is none': { 'content-type': 'json', 'content-length': '0' },
  'an empty type': { 'content-type': '', 'content-length': '0' },
  'chunks, of which there are none': { 'transfer-encoding': 'chunked' },
  'chunks of JSON, of which there are none (Go with an empty reader)': {
    'transfer-encoding': 'chunked',
    'content-type': 'application/json',
  },
  'chunks of a form, of which there are none': {
    'transfer-encoding': 'chunked',
    'content-type': 'application/x-www-form-urlencoded',
  },
  'an encoding that is none': { 'content-length': '0', 'content-type': 'application/json', 'content-encoding': '' },
  'a compression of nothing': { 'content-length': '0', 'content-type': 'application/json', 'content-encoding': 'gzip' },
}

/** Sends a request with just these headers, and no body unless one is given; the answer's status and body. */
function send(t: Test, { url }: At, method: string, path: string, headers: Headers, body = '') {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const asked = request(url + path, { method, agent: false, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) }),
      )
    })
    t.teardown(() => void asked.destroy())
    asked.on('error', reject)
    asked.end(body)
  })
}

t.test('requests with and without a body', async (t) => {
  const world = withInstancesHere(await startWorld(t))
  const service = await world.service(t)
  const client = world.bearer('alice')

  t.test('an empty body is no body, however a client writes that', async (t) => {
    for (const [about, headers] of Object.entries(noBody)) {
      const all = { ...client, ...headers }
      t.equal((await send(t, service, 'POST', '/tickets', all)).status, 201, `a ticket: ${about}`)
      const registration = await send(t, service, 'POST', '/registrations', all)
      t.match(registration, { status: 201, body: { subject: 'callback', maxUses: 0 } }, `a registration: ${about}`)
      const { id, callbackUrl } = registration.body as { id: string; callbackUrl: string }
      const callback = new URL(callbackUrl).pathname
      t.equal((await send(t, service, 'POST', callback, headers)).status, 202, `a callback: ${about}`)
      t.equal((await send(t, service, 'DELETE', `/registrations/${id}`, all)).status, 204, `a revocation: ${about}`)
    }
  })

  t.test('an operation that needs a body says so', async (t) => {
    const publisher = world.bearer('shop', { scope: 'notifications:publish' })
    for (const [about, headers] of Object.entries(noBody)) {
      for (const [path, token] of [
        ['/notifications/ack', client],
        ['/notifications', publisher],
      ] as const) {
        const { status, body } = await send(t, service, 'POST', path, { ...token, ...headers })
        t.equal(status, 400, `${path}: ${about}`)
        t.match((body as Problem).message, /body/i)
      }
    }
  })

  t.test('a body that is not empty is still JSON or refused', async (t) => {
    const bad: Readonly<Record<string, [headers: Headers, body: string]>> = {
      'a form': [{ 'content-type': 'application/x-www-form-urlencoded' }, '{}'],
      'chunks of a form': [
        { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' },
        '{}',
      ],
      'no type': [{}, '{}'],
      'chunks without a type': [{ 'transfer-encoding': 'chunked' }, '{}'],
      'blanks alone': [{ 'content-type': 'application/json' }, ' '],
      'no JSON': [{ 'content-type': 'application/json' }, '{'],
      'another charset': [{ 'content-type': 'application/json; charset=utf-16' }, '{}'],
    }
    for (const [about, [headers, text]] of Object.entries(bad)) {
      const { status, body } = await send(t, service, 'POST', '/registrations', { ...client, ...headers }, text)
      t.match({ status, body }, { status: 400, body: { error: 'ERROR_INVALID_ARGUMENT' } }, about)
    }
    const json = { ...client, 'content-type': 'application/json' }
    for (const encoding of ['', 'identity', 'Identity']) {
      const headers = { ...json, 'content-encoding': encoding }
      t.equal((await send(t, service, 'POST', '/registrations', headers, '{}')).status, 201, `encoded as "${encoding}"`)
    }
    t.equal((await send(t, service, 'POST', '/registrations', json, 'null')).status, 201, 'null is no body')
    t.equal((await send(t, service, 'POST', '/registrations', json, '{}')).status, 201)
  })

  t.test('a member that is null is absent', async (t) => {
    const post = (path: string, body: object, headers: Headers = client) =>
      send(t, service, 'POST', path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body))
    const registration = { subject: null, ttlSeconds: null, maxUses: null, correlationId: null }
    t.match(await post('/registrations', registration), {
      status: 201,
      body: { subject: 'callback', maxUses: 0, correlationId: null },
    })
    const publisher = world.bearer('shop', { scope: 'notifications:publish' })
    const optional = { id: null, contentType: null, correlationId: null, ttlSeconds: null }
    const publication = { addressee: 'nils', subject: 'greeting', body: 'hello', ...optional }
    t.match(await post('/notifications', publication, publisher), {
      status: 202,
      body: { id: String, duplicate: false },
    })
    t.match(await post('/notifications', publication, publisher), { status: 202, body: { duplicate: false } }, 'no id')
    t.match(await post('/notifications/ack', { cursor: 'unknown', ids: null }), { status: 200 })
    t.match(await post('/notifications/ack', { cursor: null, ids: ['x'] }), { status: 200, body: { unknown: ['x'] } })
  })

  t.test('a refusal names the member that is wrong, and quotes little of it', async (t) => {
    const post = (path: string, body: unknown) =>
      send(t, service, 'POST', path, { ...both, 'content-type': 'application/json' }, JSON.stringify(body))
    const both = world.bearer('alice', { scope: 'notifications:publish' })
    const long = 'x'.repeat(5_000)
    const publication = { addressee: 'alice', subject: 's', body: 'b' }
    const table: readonly [path: string, body: unknown, message: RegExp][] = [
      ['/notifications/ack', { ids: Array(101).fill('a') }, /^body\/ids must have at most 100 entries, and has 101$/],
      ['/notifications/ack', { ids: [] }, /^body\/ids must have at least one entry/],
      ['/notifications/ack', {}, /^body must have exactly one of the members cursor and ids$/],
      ['/notifications/ack', { cursor: null, ids: null }, /^body\/(cursor|ids) must be/],
      ['/notifications/ack', { cursor: 'c', ids: ['a'] }, /^body must have exactly one of the members cursor and ids$/],
      ['/notifications/ack', { ids: ['a', 7] }, /^body\/ids\/1 must be string, and is 7$/],
      ['/notifications/ack', { cursor: 7 }, /^body\/cursor must be string, and is 7$/],
      ['/notifications/ack', { cursor: 'c', [long]: 1 }, /^body must not have the member x{100}…$/],
      ['/notifications', { ...publication, subject: undefined }, /^body must have the member subject$/],
      ['/notifications', { ...publication, subject: long }, /^body\/subject must have at most 256 characters/],
      ['/notifications', { ...publication, body: { secret: long } }, /^body\/body must be string or null$/],
      ['/notifications', { ...publication, body: 7 }, /^body\/body must be string or null$/],
      [
        '/notifications',
        { ...publication, ttlSeconds: 'soon' },
        /^body\/ttlSeconds must be integer or null, and is "soon"$/,
      ],
      ['/notifications', { ...publication, id: '' }, /^body\/id must have at least one character/],
      ['/notifications', { ...publication, contentType: 'a\nb' }, /^body\/contentType must have no control characters/],
      ['/notifications', [publication], /^body must be object, and is a list$/],
      ['/registrations', { maxUses: 1.5 }, /^body\/maxUses must be integer or null, and is 1.5$/],
      ['/registrations', { ttlSeconds: 604_801 }, /^body\/ttlSeconds must be at most 604800, and is 604801$/],
    ]
    for (const [path, sent, expected] of table) {
      const { status, body } = await post(path, sent)
      const { message } = body as Problem
      t.equal(status, 400)
      t.match(message, expected)
      t.ok(message.length < 200, `${message.length} characters`)
    }
    const query = await send(t, service, 'GET', '/notifications?limit=many', client)
    t.match((query.body as Problem).message, /^query\/limit must be integer, and is "many"$/)
  })
})
