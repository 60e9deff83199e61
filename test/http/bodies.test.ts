import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApp } from '../../src/http/app.ts'

const silent = { error() {}, warn() {}, debug() {} }
/** Of the largest size, 256 bodies fill the memory for bodies that are being handled. */
const largest = 262_144
const headers = { 'content-type': 'application/json' }

t.test('bodies that wait to be stored share a bound, and small ones are handled past it', async (t) => {
  const app = createApp({ clock: systemClock, log: silent, maxBodyBytes: largest })
  const database = Promise.withResolvers<string>()
  app.post('/store', () => database.promise)
  app.post('/acknowledge', async () => 'acknowledged')
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const store = (body: string) => fetch(`${url}/store`, { method: 'POST', headers, body })

  const filling: Promise<Response>[] = []
  const statuses: number[] = []
  while (statuses.length === 0) {
    const before = app.bodies.handledBytes
    const stored = store(JSON.stringify('x'.repeat(largest - 2)))
    stored.then(({ status }) => statuses.push(status))
    filling.push(stored)
    await until(() => app.bodies.handledBytes > before || statuses.length > 0)
  }
  t.same(statuses, [503])
  t.equal(filling.length, 257)
  t.ok(app.bodies.handledBytes <= 64 * 1_048_576, `${app.bodies.handledBytes} bytes are being handled`)
  t.equal((await store(JSON.stringify('x'.repeat(5_000)))).status, 503)
  const acknowledged = await fetch(`${url}/acknowledge`, { method: 'POST', headers, body: '{"ids":["x"]}' })
  t.equal(acknowledged.status, 200)

  database.resolve('stored')
  await Promise.all(filling)
  t.same(statuses.slice(1), Array(256).fill(200))
  await until(() => app.bodies.handledBytes === 0)
  t.equal(app.bodies.arrivingBytes, 0)
})
