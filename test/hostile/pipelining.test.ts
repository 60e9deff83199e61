import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { assertRecovers, attack, attackWith, pipelined, startAttacked } from './attacked-instance.ts'

const world = await startClientQueueWorld(t)
t.jobs = 3
/** With five connections each, an attack has 35. */
const kindsAtOnce = 7
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: service\r\n${headers}\r\n`

t.test('requests that are pipelined and never read', { buffered: true }, async (t) => {
  // Some kinds are answered within what the kernel takes: those connections are idle, and closed as such.
  const instance = await startAttacked(t, world, { KEEP_ALIVE_SECONDS: '1' })
  const before = await instance.footprint()
  const { authorization } = world.bearer('reads nothing')
  const bearer = `Authorization: ${authorization}\r\n`
  const post = (path: string, body: string, headers = '') =>
    `POST ${path} HTTP/1.1\r\nHost: service\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const kinds = [
    ...['/docs/json', '/docs/static/swagger-ui-bundle.js', '/client.js', '/openapi.yaml', '/metrics'].map((path) =>
      get(path),
    ),
    ...['/health', '/health/ready', '/nothing', '/callback/x', '/notifications'].map((path) => get(path)),
    get('/notifications?wait=0', bearer),
    get('/notifications?wait=0', `${bearer}Accept: text/event-stream\r\n`),
    get('/notifications?wait=0', bearer).replace('GET', 'PATCH'),
    post('/notifications/ack', '{"ids":["x"]}', bearer),
    post('/notifications/ack', '{}', bearer),
    post('/tickets', '', bearer),
    post('/registrations', '{"subject":"x"}', bearer),
    post('/callback/x', '{"pages":12}'),
    post('/nothing', '{}'),
    'HEAD /docs/json HTTP/1.1\r\nHost: service\r\n\r\n',
    'OPTIONS /notifications HTTP/1.1\r\nHost: service\r\nOrigin: http://a\r\nAccess-Control-Request-Method: GET\r\n\r\n',
  ]

  for (let first = 0; first < kinds.length; first += kindsAtOnce) {
    const some = kinds.slice(first, first + kindsAtOnce)
    await t.test(`do not fill the memory, and leave a bystander alone: kinds from ${first + 1} on`, async (t) => {
      const attackedAt = performance.now()
      await Promise.all(some.map((kind) => attackWith(t, instance, 5, pipelined(kind), { reads: false })))
      const asked = performance.now()
      t.equal((await world.ask(instance, '/health')).status, 200)
      const bystanderMs = Math.round(performance.now() - asked)
      t.ok(bystanderMs < 10_000, `a bystander is answered after ${bystanderMs} ms`)
      const { heap } = await instance.footprint()
      t.ok(heap < before.heap + 100, `the heap has ${heap} MiB, and had ${before.heap}`)
      await assertRecovers(t, instance, before)
      const ms = Math.round(performance.now() - attackedAt)
      t.ok(ms < 40_000, `all of them were disconnected after ${ms} ms`)
    })
  }
})

t.test('requests that are pipelined and read', { buffered: true }, async (t) => {
  const instance = await startAttacked(t, world, { MAX_POLLS_PER_CLIENT: '50' })
  const before = await instance.footprint()

  t.test('are answered up to a bound, then refused, and the connection is closed', async (t) => {
    const client = await attack(t, instance, pipelined(get('/health')))
    await client.closed
    const statuses = [...client.received().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    t.same(statuses, [...Array(100).fill('200'), '429'])
    t.match(client.received(), /retry-after: \d+\r\n[\s\S]*ERROR_TOO_MANY_REQUESTS/)
  })

  t.test('may be polls that are held', async (t) => {
    const { authorization } = world.bearer('pipelines')
    const client = await attack(
      t,
      instance,
      get('/notifications?wait=1', `Authorization: ${authorization}\r\n`).repeat(40),
    )
    await world.holds(instance, 40)
    await until(() => client.received().split('HTTP/1.1 204').length === 41)
    t.notOk(client.isClosed())
    client.socket.destroy()
  })

  t.test('are not answered after others that are held for long', async (t) => {
    const { authorization } = world.bearer('holds')
    const held = get('/notifications?wait=600', `Authorization: ${authorization}\r\n`)
    const client = await attack(t, instance, held + pipelined(get('/health')))
    await world.holds(instance, 1)
    const ms = await client.closed
    t.ok(ms < 20_000, `it was closed after ${ms} ms`)
    await world.holds(instance, 0)
    t.equal(client.received(), '')
  })

  t.test('leave nothing behind', async (t) => assertRecovers(t, instance, before))
})

t.test('polls of notifications that are never read', { buffered: true }, async (t) => {
  const instance = await startAttacked(t, world)
  const { authorization } = world.bearer('never reads')
  const body = 'x'.repeat(200_000)
  const headers = {
    ...world.bearer('publisher', { scope: 'notifications:publish' }),
    'content-type': 'application/json',
  }
  const ids = new Set<string>()
  for (let i = 0; i < 5; i++) {
    const publication = JSON.stringify({ addressee: 'never reads', subject: 'large', body })
    const answer = await world.ask(instance, '/notifications', { method: 'POST', headers, body: publication })
    t.equal(answer.status, 202)
    ids.add(answer.json<{ id: string }>().id)
  }
  // All of them are here, and are shown again and again.
  await until(async () => (await world.poll(instance, 'never reads', 'wait=1&ack=next')).notifications.length === 5)
  const before = await instance.footprint()
  const poll = get('/notifications?wait=0&ack=next', `Authorization: ${authorization}\r\n`)
  await attackWith(t, instance, 40, pipelined(poll), { reads: false })
  await pause(500)
  const { rss } = await instance.footprint()
  t.ok(rss < before.rss + 300, `the process has ${rss} MiB, and had ${before.rss}`)
  await assertRecovers(t, instance, before)
  const found = await world.poll(instance, 'never reads', 'wait=1')
  t.same(new Set(found.notifications.map(({ id }) => id)), ids, 'and nothing is lost')
})
