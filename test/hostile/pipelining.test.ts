import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { assertRecovers, attack, attackWith, pipelined, startAttacked } from './attacked-instance.ts'
import { floodUnread, kindsOfRequests } from './unread-floods.ts'

const world = await startClientQueueWorld(t)
t.jobs = 3
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: service\r\n${headers}\r\n`

t.test('requests that are pipelined and never read', { buffered: true }, async (t) => {
  const { authorization } = world.bearer('reads nothing')
  // The long run has all.
  const some = kindsOfRequests(authorization).filter((_, i) => i % 12 === 0)
  await floodUnread(t, world, some)
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
    await until(() => client.received().split('HTTP/1.1 204').length > 40)
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
  await attackWith(t, instance, 20, pipelined(poll), { reads: false })
  await pause(500)
  const { rss } = await instance.footprint()
  t.ok(rss < before.rss + 300, `the process has ${rss} MiB, and had ${before.rss}`)
  await assertRecovers(t, instance, before)
  const found = await world.poll(instance, 'never reads', 'wait=1')
  t.same(new Set(found.notifications.map(({ id }) => id)), ids, 'and nothing is lost')
})
