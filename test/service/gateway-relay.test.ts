import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type Answer, type At, startWorld } from '../support/world.ts'

const world = await startWorld(t)
/** The same whose instances take no signal. */
const here = withInstancesHere(world)
const { callbackPath, callBack } = tasks(world)
const [a, b] = await Promise.all([here.peer(t), world.peer(t)])
const sql = world.sql(t)
const { instanceId: idOfB } = await world.health(b)

/** The maximum wait of a caller is 3 s, and more on a busy machine. Without it callers would wait until the peer goes on. */
const patienceMs = 15_000

async function timed<T>(work: Promise<T>): Promise<{ ms: number; result: T }> {
  const began = performance.now()
  const result = await work
  return { ms: performance.now() - began, result }
}

/**
 * Resolves just after a heartbeat of the peer. A heartbeat that meets a key that is not its own takes the peer for superseded,
 * and the next heartbeat comes five seconds later.
 */
async function heartbeat(): Promise<void> {
  const at = async () =>
    String((await sql`select heartbeat_at from instances where id = ${idOfB}`)[0]?.heartbeat_at?.getTime())
  const before = await at()
  await until(async () => (await at()) !== before)
}

/** Polls and acknowledges until so many notifications have come. Returns their bodies. */
async function collect(service: At, clientId: string, count: number): Promise<string[]> {
  const got: string[] = []
  let cursor = ''
  while (got.length < count) {
    const answer = await world.next(service, clientId, `wait=20&ack=next&cursor=${cursor}`)
    cursor = answer.cursor
    got.push(...answer.notifications.map(({ body }) => body))
  }
  t.equal((await world.poll(service, clientId, `wait=0&ack=next&cursor=${cursor}`)).status, 204)
  return got.sort()
}

t.test('a peer that does not answer costs each caller at most 3 s, and no notification is lost', async (t) => {
  await callBack(a, await callbackPath(a, 'abel'), 'before')
  const first = await world.next(b, 'abel', 'wait=20&ack=next')
  const path = await callbackPath(a, 'alice')
  const polling = collect(b, 'alice', 30)
  await world.queueOf(a, 'alice')
  b.signal('SIGSTOP')
  const bodies = Array.from({ length: 30 }, (_, i) => `while it stood still ${String(i).padStart(2, '0')}`)
  const callers = bodies.map(async (body, i) => {
    // Some callbacks come while requests to the peer are in flight.
    await new Promise((resolve) => setTimeout(resolve, (i % 10) * 200))
    return timed(callBack(a, path, body))
  })
  const ids = first.notifications.map(({ id }) => id)
  const acknowledging = [{ cursor: first.cursor }, { ids }].map((word) => timed(world.acknowledge(a, 'abel', word)))
  for (const { ms, result } of await Promise.all(callers)) {
    t.ok(ms < patienceMs, `a caller had its answer after ${Math.round(ms)} ms`)
    t.match(result, { status: 'pending', duplicate: false })
  }
  for (const { ms, result } of await Promise.all(acknowledging)) {
    t.ok(ms < patienceMs, `an acknowledgement was answered after ${Math.round(ms)} ms`)
    t.equal(result.status, 200)
    t.match(result.json(), { acknowledged: 0 })
  }
  b.signal('SIGCONT')
  t.same(await polling, bodies)
})

t.test(
  'a client that moves waits a second for a former instance that does not answer, and gets its stored notifications',
  async (t) => {
    const path = await callbackPath(a, 'bob')
    await world.poll(b, 'bob', 'wait=0')
    b.signal('SIGSTOP')
    const { result } = await timed(callBack(a, path, 'stored'))
    t.equal(result.status, 'pending')
    const { ms, result: answer } = await timed(world.poll(a, 'bob', 'wait=20'))
    b.signal('SIGCONT')
    t.match(answer.json<Answer>().notifications, [{ body: 'stored' }])
    t.ok(ms < patienceMs, `after ${Math.round(ms)} ms`)
  },
)

for (const [what, column, value] of [
  ['an address that nobody has', 'address', 'http://127.0.0.1:1'],
  ['an address that never answers', 'address', 'http://192.0.2.1:8080'],
  ['another key than its own', 'relay_key', 'x'.repeat(43)],
] as const) {
  t.test(`a peer whose row has ${what} is not called, and its client gets the notification all the same`, async (t) => {
    const [before] = await sql`select ${sql(column)} as value from instances where id = ${idOfB}`
    const clientId = `carol by ${column} ${value.length}`
    const path = await callbackPath(a, clientId)
    const held = world.next(b, clientId)
    await world.queueOf(a, clientId)
    await heartbeat()
    await sql`update instances set ${sql({ [column]: value })} where id = ${idOfB}`
    const { ms, result } = await timed(callBack(a, path, 'stored'))
    await sql`update instances set ${sql({ [column]: before?.value })} where id = ${idOfB}`
    t.ok(ms < patienceMs, `after ${Math.round(ms)} ms`)
    t.equal(result.status, 'pending')
    t.match((await held).notifications, [{ body: 'stored' }], 'handed over by the sweep of its instance')
  })
}

t.test('a redirection by a peer is not followed', async (t) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(307, { location: b.url + request.url }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const path = await callbackPath(a, 'dora')
  const held = world.next(b, 'dora')
  await world.queueOf(a, 'dora')
  await sql`update instances set address = ${`http://127.0.0.1:${(server.address() as AddressInfo).port}`} where id = ${idOfB}`
  const { status } = await callBack(a, path, 'stored')
  await sql`update instances set address = ${b.url} where id = ${idOfB}`
  t.equal(status, 'pending')
  t.same(asked, ['POST /internal/relay'])
  t.match((await held).notifications, [{ body: 'stored' }])
})

t.test('the relay path is unknown without the key, and with the key nothing is relayed further', async (t) => {
  const [row] = await sql<{ key: string }[]>`select relay_key as key from instances where id = ${idOfB}`
  const ask = async (path: string, key: string | undefined, entries: object[]) => {
    const response = await fetch(b.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-relay-key': key }) },
      body: JSON.stringify({ entries }),
    })
    const { context: _, ...rest } = (await response.json()) as Record<string, unknown>
    return { status: response.status, ...rest }
  }
  const unknown = await ask('/internal/unknown', undefined, [])
  t.match(unknown, { status: 404, error: 'ERROR_NOT_FOUND' })
  t.same(await ask('/internal/relay', undefined, []), unknown)
  t.same(await ask('/internal/relay', 'wrong', []), unknown)

  const polling = world.poll(a, 'emil', 'wait=2')
  await world.queueOf(a, 'emil')
  const key = 'c0a80101-0000-4000-8000-0000000000ee'
  const notification = { id: key, addressee: 'emil', subject: 's', body: 'not for b', sentAt: new Date().toISOString() }
  const entries = [
    { kind: 'pending', key, notification },
    { kind: 'cursor', clientId: 'emil', cursor: `${(await world.health(a)).instanceId}.0.1` },
    { kind: 'ids', clientId: 'emil', ids: ['one'] },
    { kind: 'moved', clientId: 'nobody', cursors: [] },
  ]
  t.match(await ask('/internal/relay', row?.key, entries), {
    status: 200,
    results: [{ live: false }, { acknowledged: 0 }, { acknowledged: 0, unknown: ['one'] }, {}],
  })
  t.equal((await polling).status, 204, 'the client is at another instance, which was not called')

  const here = world.poll(b, 'fred', 'wait=2')
  await world.queueOf(b, 'fred')
  const [first] = entries
  const forged = { ...first, notification: { ...notification, addressee: 'fred' } }
  t.match(await ask('/internal/relay', row?.key, [forged]), { results: [{ live: true }] })
  t.equal((await here).status, 204, 'a notification that is not stored is not handed over')
})

t.test(
  'an instance says at its start, once, which peer it cannot reach at its address, and is ready all the same',
  async (t) => {
    const database = await world.freshDatabase()
    const nowhere = { ...database, INSTANCE_ADDRESS: 'http://127.0.0.1:1' }
    const lost = await here.service(t, nowhere)
    const ended = await world.peer(t, database)
    ended.signal('SIGKILL')
    await ended.ended
    const service = await here.peer(t, database)
    await until(async () => (await world.readiness(service)).status === 200)
    const sentence =
      'an instance cannot be reached at its address; look at its INSTANCE_ADDRESS and at the network between them'
    const { instanceId } = await world.health(lost)
    t.match(await service.said(sentence), { level: 40, peerId: instanceId, address: 'http://127.0.0.1:1' })
    t.equal(service.all(sentence).length, 1, 'nothing is said of the instance that has ended')
  },
)
