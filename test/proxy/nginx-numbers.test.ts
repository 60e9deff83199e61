import t from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApp } from '../../src/http/app.ts'
import { settings } from '../../src/settings.ts'
import { documented } from '../support/nginx.ts'

const quiet = { error() {}, warn() {}, debug() {} }
const app = createApp({ clock: systemClock, maxBodyBytes: settings.MAX_BODY_BYTES.fallback, log: quiet })
t.teardown(() => app.close())

/** Returns the values of a directive, each as a number in its unit. */
function numbers(directive: string): number[] {
  const lines = documented.matchAll(new RegExp(`^ *${directive} +(\\d+)\\w*;`, 'gm'))
  return [...lines].map(([, value]) => Number(value))
}

t.test(
  'a poll ends before nginx gives up on it, and before nginx ends a worker with a former configuration',
  async (t) => {
    const longest = settings.MAX_TIMEOUT_SECONDS.fallback
    t.ok(Math.max(...numbers('proxy_read_timeout')) > longest)
    t.ok((numbers('worker_shutdown_timeout')[0] ?? 0) > longest)
  },
)

t.test('the largest body that the service can be configured to accept passes nginx', async (t) => {
  const [mebibytes = 0] = numbers('client_max_body_size')
  const largest = mebibytes * 1_048_576 - 8_192
  t.equal(settings.MAX_BODY_BYTES.parse(String(largest)), largest)
  t.throws(() => settings.MAX_BODY_BYTES.parse(String(largest + 1)))
  t.equal((numbers('client_body_buffer_size')[0] ?? 0) * 1024, settings.MAX_BODY_BYTES.fallback)
})

t.test('nginx closes idle connections to the service before the service does', async (t) => {
  t.ok((numbers('keepalive_timeout')[0] ?? Number.POSITIVE_INFINITY) * 1000 < app.server.keepAliveTimeout)
})

t.test('nginx gives a request as much time as the service', async (t) => {
  t.same(numbers('client_header_timeout'), [app.server.headersTimeout / 1000])
  t.same(numbers('client_body_timeout'), [app.server.requestTimeout / 1000])
})

t.test('two workers have enough connections for all polls of two instances', async (t) => {
  const polls = 2 * settings.MAX_HELD_POLLS.fallback
  const [connections = 0] = numbers('worker_connections')
  t.ok(2 * connections >= 2 * polls)
  t.ok((numbers('worker_rlimit_nofile')[0] ?? 0) > connections)
  t.ok(documented.includes(`${polls.toLocaleString('en')} polls`), 'the file says how many polls that are')
})
