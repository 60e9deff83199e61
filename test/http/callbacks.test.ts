import { randomBytes, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startGateway } from '../support/gateway.ts'
import { sharedPostgres } from '../support/postgres.ts'

const server = await sharedPostgres(t)
const gateway = await startGateway(server, t, { maxBodyBytes: 65_536 })
const { callbackUrl, call, pending, url: base } = gateway

const accepted = { id: String, status: 'pending', duplicate: false }
const bytesOf = ({ body, encoding }: { body: string; encoding: 'base64' | null }) =>
  Buffer.from(body, encoding ?? 'utf8')

t.test('a registration has a callback URL that is shown once and not derived from anything', async (t) => {
  const answer = await gateway.registerAs('alice', { subject: 'report.done', maxUses: 3, correlationId: 'job-17' })
  t.equal(answer.status, 201)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const body = answer.json<Record<string, string>>()
  t.match(body, { subject: 'report.done', maxUses: 3, uses: 0, correlationId: 'job-17' })
  const callbackId = /^http:\/\/127\.0\.0\.1:\d+\/callback\/([0-9a-f-]{36})$/.exec(body.callbackUrl ?? '')?.[1]
  t.ok(callbackId)
  t.not(callbackId, body.id)
  const list = await gateway.askAs('alice', '/registrations')
  t.notMatch(list.text, callbackId ?? '')
  t.match(list.json(), { registrations: [{ id: body.id, subject: 'report.done', uses: 0 }] })
  const rows = await gateway.pool.query(
    (sql) => sql<{ row: string }[]>`select registrations::text as row from registrations`,
  )
  t.notMatch(rows[0]?.row, callbackId ?? '')
})

t.test('a registration without members lasts a day, is unlimited, and has the subject callback', async (t) => {
  const empty = await gateway.ask(`${base}/registrations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.issuer.token({ sub: 'nils' })}` },
  })
  for (const answer of [empty, await gateway.registerAs('nils', {})]) {
    const body = answer.json<{ expiresAt: string }>()
    t.match(body, { subject: 'callback', maxUses: 0, correlationId: null })
    t.ok(Math.abs(Date.parse(body.expiresAt) - Date.now() - 86_400_000) < 60_000)
  }
})

t.test('a refused registration names the member that is wrong', async (t) => {
  const bad: [unknown, RegExp][] = [
    [{ ttlSeconds: 0 }, /ttlSeconds/],
    [{ ttlSeconds: 604_801 }, /ttlSeconds/],
    [{ maxUses: -1 }, /maxUses/],
    [{ maxUses: 1.5 }, /maxUses/],
    [{ subject: '' }, /subject/],
    [{ subject: 'a\nb' }, /subject/],
    [{ subject: 'x'.repeat(257) }, /subject/],
    [{ subject: '😀'.repeat(200) }, /subject/],
    [{ correlationId: '\ud800' }, /correlationId/],
    [{ more: 1 }, /more/],
    [[], /object/],
    ['{', /JSON/],
  ]
  for (const [body, reason] of bad) {
    const answer = await gateway.registerAs('alice', body)
    t.equal(answer.status, 400)
    t.match(answer.json<{ message: string }>().message, reason)
  }
  t.equal((await gateway.ask(`${base}/registrations`)).status, 401)
})

t.test('bytes of any content type reach the client as they were sent', async (t) => {
  const url = await callbackUrl('bytes', { subject: 'raw', correlationId: 'job' })
  const text = Buffer.from('{"not": json, \ufeff "at all" \0 😀')
  const bodies: [Buffer, string | null, string | null][] = [
    [text, 'application/json', 'application/json'],
    [Buffer.from('{"a":1}'), 'application/json; charset=utf-16', 'application/json; charset=utf-16'],
    [Buffer.alloc(0), 'text/plain', 'text/plain'],
    [Buffer.alloc(0), null, null],
    [randomBytes(1_000), null, null],
    [randomBytes(65_536), 'application/octet-stream', 'application/octet-stream'],
    [gzipSync(text), 'text/plain', 'text/plain'],
    [text, 'multipart/form-data; boundary=x', 'multipart/form-data; boundary=x'],
    [text, 'no content type at all', 'no content type at all'],
    [text, '*/*', '*/*'],
    [text, 'x'.repeat(257), null],
    [text, '', null],
  ]
  for (const [body, contentType] of bodies) {
    const headers = contentType === null ? {} : { 'content-type': contentType, 'content-encoding': 'gzip' }
    const answer = await call(url, body, headers)
    t.match([answer.status, answer.json()], [202, accepted], `${contentType}`)
  }
  const rows = (await pending.readPage('bytes')).rows
  t.equal(rows.length, bodies.length)
  for (const [i, { notification }] of rows.entries()) {
    const [body, , contentType] = bodies[i] ?? []
    t.match(notification, { subject: 'raw', correlationId: 'job', contentType })
    t.ok(bytesOf(notification).equals(body ?? Buffer.from('?')), `${contentType}`)
  }
  t.same(
    gateway.announced.slice(-rows.length).map(({ key }) => key),
    rows.map(({ key }) => key),
    'each was announced once it was stored',
  )
})

t.test('the answer says whether the client was connected', async (t) => {
  const url = await callbackUrl('live one')
  gateway.connected.add('live one')
  t.match((await call(url, 'x', { 'idempotency-key': 'k' })).json(), { status: 'live', duplicate: false })
  t.match((await call(url, 'x', { 'idempotency-key': 'k' })).json(), { status: 'live', duplicate: true })
})

t.test('a body that is too large is 413, with its length announced or not, known URL or not', async (t) => {
  const known = await callbackUrl('large')
  for (const url of [known, `${base}/callback/${randomUUID()}`]) {
    t.equal((await call(url, Buffer.alloc(65_537))).status, 413)
    const chunked = async function* () {
      for (let i = 0; i < 65; i++) yield Buffer.alloc(1024)
    }
    const answer = await gateway.ask(url, {
      method: 'POST',
      body: ReadableStream.from(chunked()),
      duplex: 'half',
    } as RequestInit)
    t.equal(answer.status, 413)
    t.equal(answer.json<{ error: string }>().error, 'ERROR_CONTENT_TOO_LONG')
  }
  t.same((await pending.readPage('large')).rows, [])
})

t.test(
  'a repeated callback gets the same id, whichever header has the key, also when the registration has ended',
  async (t) => {
    const { callbackUrl, id } = (await gateway.registerAs('repeats', { maxUses: 2 })).json<Record<string, string>>()
    const url = callbackUrl ?? ''
    const first = (await call(url, 'a', { 'idempotency-key': 'k1' })).json<{ id: string }>()
    const second = (await call(url, 'b', { 'webhook-id': 'k2', 'idempotency-key': '' })).json<{ id: string }>()
    t.match([first, second], [accepted, accepted])
    t.match((await call(url, 'c', { 'webhook-id': 'k1' })).json(), { id: first.id, duplicate: true })
    t.equal((await call(url, 'd')).status, 410, 'it is used up')
    t.equal((await gateway.askAs('repeats', `/registrations/${id}`, { method: 'DELETE' })).status, 204)
    const repeat = await call(url, 'e', { 'idempotency-key': 'k2' })
    t.match([repeat.status, repeat.json()], [202, { id: second.id, duplicate: true }])
    t.same(
      (await pending.readPage('repeats')).rows.map(({ notification }) => notification.body),
      ['a', 'b'],
    )
  },
)

t.test('a malformed idempotency key is 400 before the id is looked up', async (t) => {
  const url = await callbackUrl('keys')
  for (const target of [url, `${base}/callback/${randomUUID()}`]) {
    t.equal((await call(target, 'x', { 'idempotency-key': 'x'.repeat(257) })).status, 400)
    t.equal((await call(target, 'x', { 'webhook-id': 'x\ty' })).status, 400)
  }
  t.equal((await call(url, 'x', { 'idempotency-key': 'x'.repeat(256) })).status, 202)
})

t.test('revoked and expired URLs are 410', async (t) => {
  const { callbackUrl: url = '', id } = (await gateway.registerAs('ended')).json<Record<string, string>>()
  const erase = (clientId: string, path: string) =>
    gateway.askAs(clientId, `/registrations/${path}`, { method: 'DELETE' })
  t.equal((await erase('somebody else', id ?? '')).status, 404)
  t.equal((await erase('ended', 'no-uuid')).status, 404)
  t.equal((await erase('ended', randomUUID())).status, 404)
  t.equal((await call(url)).status, 202)
  const gone = await erase('ended', id ?? '')
  t.match([gone.status, gone.text], [204, ''])
  t.equal((await erase('ended', id ?? '')).status, 404)
  const after = await call(url)
  t.match([after.status, after.json()], [410, { error: 'ERROR_GONE' }])
})

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
t.teardown(() => agent.destroy())

/** Returns the raw response to a request. The request is written by hand, since `fetch` normalises URLs. */
function exchange(path: string, body = '', headers: Record<string, string> = {}, method = 'POST') {
  return new Promise<{ status: number | undefined; headers: string[]; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const asked = request({ hostname, port, path, method, agent, headers: { 'trace-id': 'trace', ...headers } })
    asked.on('error', reject)
    asked.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const lines = response.rawHeaders.filter((_, i, all) => !/^date$/i.test(all[i - (i % 2)] ?? ''))
        resolve({ status: response.statusCode, headers: lines, body: Buffer.concat(chunks).toString() })
      })
    })
    asked.end(body)
  })
}

t.test('every unknown callback id gets the same 404', async (t) => {
  const known = new URL(await callbackUrl('known')).pathname
  const reference = await exchange(`/callback/${randomUUID()}`, 'x')
  t.equal(reference.status, 404)
  const paths = [
    '/callback/x',
    `${known}x`,
    known.toUpperCase().replace('/CALLBACK', '/callback'),
    `/callback/${'x'.repeat(4_000)}`,
    `/callback/${'x'.repeat(6_000)}`,
    '/callback/%00',
    '/callback/%ff',
    `${known}%zz`,
    "/callback/'%20or%201=1",
    '/callback/',
    `${known}/more`,
  ]
  for (const path of paths) t.same(await exchange(path, 'x', { 'content-type': 'text/plain' }), reference, path)
  t.same(await exchange(`/callback/${randomUUID()}`, 'x', { 'idempotency-key': 'k' }), reference)
})

t.test('other methods are 405 and nothing is looked up', async (t) => {
  const url = await callbackUrl('methods')
  for (const target of [url, `${base}/callback/${randomUUID()}`]) {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await gateway.ask(target, { method })
      t.equal(answer.status, 405, method)
      t.equal(answer.headers.get('allow'), 'POST')
    }
  }
})

t.test('no callback id is ever in an answer or in the log', async (t) => {
  const url = await callbackUrl('secret', { maxUses: 1 })
  const { pathname } = new URL(url)
  const id = pathname.split('/').at(-1) ?? ''
  const answers = [
    await call(url, 'x'),
    await call(url, 'x'),
    await call(url, Buffer.alloc(65_537)),
    await call(url, 'x', { 'idempotency-key': 'x'.repeat(257) }),
    await gateway.ask(url),
    await gateway.askAs('secret', '/registrations'),
  ].map(({ text }) => text)
  for (const path of [`${pathname}%zz`, `${pathname}/`, `${pathname}/x`]) answers.push((await exchange(path)).body)
  for (const text of answers) t.notMatch(text, id)
  const seen = JSON.stringify(gateway.logged, (_, value) =>
    value instanceof Error ? [value.stack, value.cause, { ...value }] : value,
  )
  t.notMatch(seen, id)
})
