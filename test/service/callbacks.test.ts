import { randomUUID } from 'node:crypto'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryMode, modesToStop } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'
import { type Accepted, bodiesOf, type Problem } from '../support/world.ts'

const json = { 'content-type': 'application/json' }

inEveryMode(
  t,
  async (t, world) => {
    const { register, callbackPath, call, callBack, publish } = tasks(world)
    const { accepted } = world
    const [a, b] = await Promise.all([world.peer(t), world.peer(t)])

    t.test('a callback reaches the held poll of its client unchanged', async (t) => {
      const created = await register(a, 'alice', { subject: 'report.done', correlationId: 'job-17' })
      t.equal(created.status, 201)
      t.match(created.json(), { subject: 'report.done', correlationId: 'job-17', maxUses: 0, uses: 0 })
      const { pathname } = new URL(created.json<{ callbackUrl: string }>().callbackUrl)
      t.notMatch(pathname, /alice/, 'the URL does not reveal its client')
      // The client's session is known before the callback comes.
      await world.poll(a, 'alice', 'wait=0')
      const held = world.poll(a, 'alice')
      await world.holds(a, 1)
      const answer = await call(a, pathname, '{"rows":3}', json)
      t.equal(answer.status, 202)
      const { id, status, duplicate } = answer.json<Accepted>()
      t.same({ status, duplicate }, { status: accepted.connected, duplicate: false })
      t.match((await held).notifications, [
        {
          ...{ id, addressee: 'alice', subject: 'report.done', body: '{"rows":3}' },
          ...{ contentType: 'application/json', correlationId: 'job-17', deliveryCount: 1 },
        },
      ])
    })

    t.test('a callback reaches its client at any instance', async (t) => {
      const path = await callbackPath(a, 'bob')
      await world.poll(b, 'bob', 'wait=0')
      const held = world.poll(b, 'bob')
      await world.holds(b, 1)
      t.match(await callBack(a, path, 'done'), { status: accepted.connected })
      t.match((await held).notifications, [{ addressee: 'bob', subject: 'callback', body: 'done' }])
    })

    t.test('a callback waits for an absent client, which gets it at any instance, until it acknowledges', async (t) => {
      const path = await callbackPath(a, 'carol')
      t.match(await callBack(a, path, 'early'), { status: accepted.away })
      t.same(bodiesOf(await world.next(b, 'carol', 'ack=next')), ['early'])
      const again = await world.next(a, 'carol', 'ack=next')
      t.same(bodiesOf(again), ['early'], 'the notification moved with its client, since it was not acknowledged')
      t.equal((await world.poll(a, 'carol', `wait=0&ack=next&cursor=${again.cursor}`)).status, 204)
      t.equal(
        (await world.poll(b, 'carol', 'wait=1&ack=next')).status,
        204,
        'an acknowledged notification is gone everywhere',
      )
    })

    t.test('callbacks with binary and empty bodies arrive', async (t) => {
      const path = await callbackPath(a, 'dora')
      const bytes = Buffer.from([0xff, 0x00, 0xfe])
      for (const body of [bytes, '']) t.equal((await call(a, path, body)).status, 202)
      const got: object[] = []
      while (got.length < 2) got.push(...(await world.next(a, 'dora')).notifications)
      t.match(
        got.find((one) => 'encoding' in one),
        { body: bytes.toString('base64'), encoding: 'base64' },
      )
      t.match(
        got.find((one) => !('encoding' in one)),
        { body: '' },
      )
    })

    t.test('a client that asked for notices learns that the task called back, and gets an empty body', async (t) => {
      const created = await register(a, 'nora', { subject: 'scan.done', correlationId: 'scan-7', forward: 'notice' })
      t.match(created.json(), { forward: 'notice' })
      const path = new URL(created.json<{ callbackUrl: string }>().callbackUrl).pathname
      const secret = { 'content-type': 'image/png', 'idempotency-key': 'scan-7' }
      const first = (await call(a, path, Buffer.from([0x89, 0x50, 0xff]), secret)).json<Accepted>()
      const expected = {
        id: first.id,
        subject: 'scan.done',
        correlationId: 'scan-7',
        contentType: 'image/png',
        body: '',
      }
      t.match((await world.next(b, 'nora')).notifications, [{ ...expected, encoding: undefined }])
      const again = (await call(a, path, 'something else', secret)).json<Accepted>()
      t.match(again, { id: first.id, duplicate: true })
      const wrong = await register(a, 'nora', { forward: 'headers' })
      t.match({ ...wrong, body: wrong.json<Problem>() }, { status: 400, body: { message: /forward/ } })
      t.match((await register(a, 'nora', { forward: null })).json(), { forward: 'data' })
    })

    t.test('a publication waits for an absent client, and a publication with the same id is a duplicate', async (t) => {
      const publication = { addressee: 'emil', subject: 'order.shipped', body: 'on its way', id: 'order-42' }
      const publishOnce = async () => (await publish(a, { ...publication, correlationId: 'job-1' })).json<Accepted>()
      t.match(await publishOnce(), { id: 'order-42', status: accepted.away, duplicate: false })
      t.match(await publishOnce(), { id: 'order-42', duplicate: true })
      const { notifications } = await world.next(b, 'emil')
      t.match(notifications, [{ ...publication, correlationId: 'job-1' }])
      t.match(await publishOnce(), { id: 'order-42', duplicate: true }, 'a duplicate, even after the first was fetched')
      t.equal((await world.poll(b, 'emil', 'wait=0')).status, 204)
    })

    t.test('a callback with a known key is a duplicate, with the id of the first', async (t) => {
      const path = await callbackPath(a, 'fred')
      const once = async () => (await call(a, path, 'done', { 'idempotency-key': 'job-17' })).json<Accepted>()
      const first = await once()
      t.equal(first.duplicate, false)
      t.match(await once(), { id: first.id, duplicate: true })
      t.match((await world.next(b, 'fred')).notifications, [{ id: first.id, body: 'done' }])
      t.match(await once(), { id: first.id, duplicate: true })
      t.equal((await world.poll(b, 'fred', 'wait=0')).status, 204)
    })

    t.test('all unknown callback URLs get the same 404, expired ones 410', async (t) => {
      for (const id of [randomUUID(), 'x', 'AQAB', 'x'.repeat(700), '..%2f..', '%00']) {
        const { status, text } = await call(a, `/callback/${id}`, 'hello')
        t.equal(status, 404, id.slice(0, 40))
        const { context: _, ...problem } = JSON.parse(text)
        t.same(problem, { error: 'ERROR_NOT_FOUND', message: 'There is nothing here' })
      }
      const path = await callbackPath(a, 'gina', { ttlSeconds: 1 })
      const statuses = new Set<number>()
      await until(async () => statuses.add((await call(b, path, 'x')).status).has(410))
      t.ok(
        [...statuses].every((status) => status === 202 || status === 410),
        [...statuses].join(),
      )
    })

    t.test('publishing requires its scope, a body as in the contract, and no larger body than allowed', async (t) => {
      const good = { addressee: 'hans', subject: 'greeting', body: 'hello' }
      const headers = { 'content-type': 'application/json' }
      const nobody = await world.ask(a, '/notifications', { method: 'POST', headers, body: JSON.stringify(good) })
      t.equal(nobody.status, 401)
      t.equal((await publish(a, good, { scope: 'sessions:read' })).status, 403)
      const wrong = [{ addressee: '' }, { subject: 5 }, { body: null }, { ttlSeconds: -1 }, { id: '' }, { more: true }]
      for (const bad of wrong) t.equal((await publish(a, { ...good, ...bad })).status, 400, JSON.stringify(bad))
      const large = await publish(a, { ...good, body: 'x'.repeat(262_144) })
      t.equal(large.status, 413)
      t.equal(large.json<Problem>().error, 'ERROR_CONTENT_TOO_LONG')
      const path = await callbackPath(a, 'hans')
      t.equal((await call(a, path, 'x'.repeat(262_145))).status, 413)
      t.equal((await call(a, path, 'x'.repeat(262_144))).status, 202)
      const { notifications } = await world.next(a, 'hans')
      t.same(
        notifications.map(({ body }) => body.length),
        [262_144],
        'no refused publication',
      )
    })

    t.test('nothing is accepted while it cannot be stored, and accepted notifications are not lost', async (t) => {
      const path = await callbackPath(a, 'ines')
      t.match(await callBack(a, path, 'accepted before'), { status: accepted.away })
      await world.store.stop()
      for (const refused of await Promise.all([
        call(a, path, 'while it is away'),
        publish(a, { addressee: 'ines', body: 'while it is away' }),
      ])) {
        t.equal(refused.status, 503)
        t.match(refused.headers.get('retry-after'), /^\d+$/)
        t.equal(refused.json<Problem>().error, world.store.code)
      }
      await world.store.start()
      await until(async () => (await world.readiness(a)).status === 200)
      t.same(bodiesOf(await world.next(a, 'ines')), ['accepted before'])
      await until(async () => (await call(a, path, 'after')).status === 202)
      t.same(bodiesOf(await world.next(a, 'ines')), ['after'])
    })

    t.test('an accepted notification outlives the instance that accepted it', async (t) => {
      const path = await callbackPath(a, 'jana')
      t.match(await callBack(a, path, 'kept'), { status: accepted.away })
      a.signal('SIGKILL')
      await a.ended
      t.same(bodiesOf(await world.next(b, 'jana')), ['kept'])
    })
  },
  modesToStop,
)
