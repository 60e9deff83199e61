import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { openAccessLog } from '../../src/http/access-log.ts'
import { createApp } from '../../src/http/app.ts'
import { LogBook } from '../support/log-book.ts'

/** Starts the application with this access log, and asks for a page that is there and for a page that is not. */
async function playWith(t: Test, which: 'off' | 'errors' | 'all') {
  const log = new LogBook()
  const accessLog = openAccessLog({ which, log })
  const app = createApp({ clock: systemClock, maxBodyBytes: 1_024, log: new LogBook(), accessLog })
  t.teardown(() => app.close())
  let isRefused = false
  app.get('/here/:secret', () => 'hello')
  app.addHook('onResponse', (_request, reply, done) => {
    isRefused ||= reply.statusCode === 404
    done()
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  await fetch(`${url}/here/secret-1?ticket=secret-2`).then((response) => response.text())
  await fetch(`${url}/nowhere/secret-3`).then((response) => response.text())
  await until(() => isRefused)
  await app.close()
  t.notMatch(JSON.stringify(log.lines), /secret-/)
  return log.lines.map(({ level, sentence, fields }) => ({ level, sentence, ...fields }))
}

const found = { level: 'info', sentence: 'request ended', route: '/here/:secret', status: 200, code: null }
const missing = { level: 'info', sentence: 'request ended', route: null, status: 404, code: 'ERROR_NOT_FOUND' }

t.test('with ACCESS_LOG=all every request has a line', async (t) => {
  const lines = await playWith(t, 'all')
  t.match(lines, [found, missing])
  t.equal(lines.length, 2)
})

t.test('with ACCESS_LOG=errors a request has a line when its status is 400 or more', async (t) => {
  const lines = await playWith(t, 'errors')
  t.match(lines, [missing])
  t.equal(lines.length, 1)
})

t.test('with ACCESS_LOG=off no request has a line', async (t) => {
  t.same(await playWith(t, 'off'), [])
})
