import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApp } from '../../src/http/app.ts'
import { LogBook } from '../support/log-book.ts'
import { openConnection } from '../support/raw-connection.ts'

const json = { 'content-type': 'application/json' }

async function open(t: Test) {
  const book = new LogBook()
  const log = { error: book.error.bind(book), warn: book.warn.bind(book), debug() {} }
  const app = createApp({ clock: systemClock, maxBodyBytes: 1_024, log })
  t.teardown(() => app.close())
  app.post('/echo', async (request) => request.body)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return openConnection(t, { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` })
}

const refused: Record<string, Record<string, string>> = {
  'is too large': json,
  'has another type': { 'content-type': 'text/plain' },
}

for (const [what, headers] of Object.entries(refused)) {
  t.test(`a body that ${what} is refused at once, and the rest of the body is read all the same`, async (t) => {
    const connection = await open(t)
    connection.request('POST', '/echo', { ...headers, 'content-length': '500000' })
    connection.write('x'.repeat(250_000))
    const { status, headers: answered } = await connection.answer()
    t.equal(status, what === 'is too large' ? 413 : 400)
    t.not(answered.connection, 'close')
    connection.write('x'.repeat(250_000))
    connection.request('POST', '/echo', json, '{"a":1}')
    t.equal((await connection.answer()).body, '{"a":1}', 'the next request on the connection is answered')
  })
}

t.test('a body without an end is refused, and then the connection is closed', async (t) => {
  const connection = await open(t)
  connection.request('POST', '/echo', { ...json, 'transfer-encoding': 'chunked' })
  connection.write(`10000\r\n${'x'.repeat(65_536)}\r\n`)
  t.equal((await connection.answer()).status, 413)
  const writing = setInterval(() => connection.write(`10000\r\n${'x'.repeat(65_536)}\r\n`), 1)
  t.teardown(() => clearInterval(writing))
  await connection.closed
})

t.test('a body that never arrives is refused, and then the connection is closed', async (t) => {
  const connection = await open(t)
  connection.request('POST', '/echo', { ...json, 'content-length': '500000' })
  t.equal((await connection.answer()).status, 413)
  await connection.closed
})

t.test('a client that hangs up after the response leaves nothing behind', async (t) => {
  const connection = await open(t)
  connection.request('POST', '/echo', { ...json, 'content-length': '500000' })
  t.equal((await connection.answer()).status, 413)
  connection.reset()
  await connection.closed
})
