import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { Refusal } from '../../src/delivery/refusal.ts'
import { createApp } from '../../src/http/app.ts'
import { contractFetch } from '../support/contract.ts'
import { LogBook } from '../support/log-book.ts'

/** Starts the application with routes that fail, and collects its log. */
async function startApp(t: Test) {
  const book = new LogBook()
  const debug: object[] = []
  const log = {
    error: book.error.bind(book),
    warn: book.warn.bind(book),
    debug: (fields: object) => debug.push(fields),
  }
  const app = createApp({ clock: systemClock, maxBodyBytes: 1_024, log })
  t.teardown(() => app.close())
  app.get('/throws', () => {
    throw Object.assign(new Error('connect postgres://user:password@host/db'), { code: 'ECONNREFUSED' })
  })
  app.get('/rejects', async () => Promise.reject('a mere text'))
  app.get('/unavailable', () => {
    throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause: new Error('the cause'), retryAfterSeconds: 7 })
  })
  app.get('/forbidden', () => {
    throw new Refusal('ERROR_FORBIDDEN')
  })
  app.post('/echo', async (request) => request.body)
  app.get('/:name', async (request) => request.params)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return { app, url, book, debug, ask: contractFetch(t) }
}

t.test('an unforeseen error is a 500 without details, and a line in the log with its trace id', async (t) => {
  const { url, ask, book } = await startApp(t)
  const response = await ask(`${url}/throws`, { headers: { 'trace-id': 'trace-1' } })
  t.equal(response.status, 500)
  t.match(response.json(), { error: 'ERROR_INTERNAL_SERVER_ERROR', context: 'trace-1' })
  t.notMatch(response.text, /postgres|ECONNREFUSED/)
  t.match(book.lines, [{ level: 'error', fields: { traceId: 'trace-1', err: { message: /postgres/ } } }])
  t.equal((await ask(`${url}/rejects`)).status, 500, 'also when the thrown value is not an Error')
})

t.test(
  'a refusal has the status, the headers and the code of the table, and keeps its cause for the log',
  async (t) => {
    const { url, ask, book, debug } = await startApp(t)
    const unavailable = await ask(`${url}/unavailable`)
    t.equal(unavailable.status, 503)
    t.equal(unavailable.headers.get('retry-after'), '7')
    t.notMatch(unavailable.text, /the cause/)
    t.match(book.lines, [{ fields: { code: 'ERROR_DB_UNEXPECTED_ERROR', err: { message: 'the cause' } } }])
    const forbidden = await ask(`${url}/forbidden`)
    t.equal(forbidden.status, 403)
    t.match(forbidden.headers.get('www-authenticate'), /insufficient_scope/)
    t.equal(book.lines.length, 1, 'a mistake of the client is not logged as an error')
    t.equal(debug.length, 1)
  },
)

t.test('a long path parameter is accepted', async (t) => {
  const { url, ask } = await startApp(t)
  const name = 'ü'.repeat(512)
  t.same((await ask(`${url}/${encodeURIComponent(name)}`)).json(), { name })
})

t.test('bodies are JSON in UTF-8, up to the limit', async (t) => {
  const { url, ask } = await startApp(t)
  const post = (body: string) =>
    ask(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  t.same((await post('{"a":"ü"}')).json(), { a: 'ü' })
  t.equal((await post(JSON.stringify('x'.repeat(1_100)))).status, 413)
  t.equal((await post('{"__proto__":{}}')).status, 400)
})

t.test('a closing application closes idle connections at once', async (t) => {
  const { app, url } = await startApp(t)
  const { connect } = await import('node:net')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('GET /forbidden HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  const closed = once(socket, 'close')
  await app.close()
  await closed
  t.pass('at once, not after the keep-alive time')
})
