import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { startWorldToStop } from '../support/world.ts'

const world = withInstancesHere(await startWorldToStop(t))
const { register, callbackPath, call, callBack, publish } = tasks(world)
const [a, b] = await Promise.all([world.peer(t), world.peer(t)])
const sql = world.sql(t)

interface Listed {
  readonly registrations: readonly { readonly id: string; readonly uses: number; readonly subject: string }[]
}

const list = async (at: typeof a, clientId: string) =>
  (await world.ask(at, '/registrations', { headers: world.bearer(clientId) })).json<Listed>().registrations
const revoke = async (at: typeof a, clientId: string, id: string) =>
  (await world.ask(at, `/registrations/${id}`, { method: 'DELETE', headers: world.bearer(clientId) })).status
const stored = async (clientId: string) =>
  (await sql`select from pending_notifications where client_id = ${clientId}`).length

t.test('a registration made at one instance is listed, used up and revoked at another', async (t) => {
  const created = await register(a, 'alice', { subject: 'report.done', maxUses: 2 })
  t.equal(created.status, 201)
  const { id, callbackUrl } = created.json<{ id: string; callbackUrl: string }>()
  const path = new URL(callbackUrl).pathname
  t.notMatch(path, id, 'the id of the registration is not its secret')
  t.match(await list(b, 'alice'), [{ id, uses: 0, subject: 'report.done' }])
  t.notMatch(JSON.stringify(await list(b, 'alice')), path.split('/').at(-1) ?? '')
  t.same(await list(b, 'bob'), [], 'another client does not see the registration')
  await callBack(a, path, 'one')
  await callBack(b, path, 'two')
  t.equal((await call(a, path, 'three')).status, 410, 'used up')
  t.same(await list(b, 'alice'), [], 'a used-up registration is not listed')

  const other = (await register(a, 'alice')).json<{ id: string; callbackUrl: string }>()
  t.equal(await revoke(b, 'bob', other.id), 404, 'another client cannot revoke the registration')
  t.equal(await revoke(b, 'alice', other.id), 204)
  t.equal(await revoke(a, 'alice', other.id), 404)
  t.equal((await call(a, new URL(other.callbackUrl).pathname, 'late')).status, 410)
  t.equal(await stored('alice'), 2)
})

t.test('the number of live registrations of a client is limited', async (t) => {
  const made: Awaited<ReturnType<typeof register>>[] = []
  // A hundred at once take so long on a busy machine that some are given up.
  while (made.length < 100) made.push(...(await Promise.all(Array.from({ length: 10 }, () => register(a, 'carol')))))
  t.same(new Set(made.map(({ status }) => status)), new Set([201]))
  const [first] = made
  const refused = await register(b, 'carol')
  t.equal(refused.status, 429)
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  t.equal(await revoke(b, 'carol', first?.json<{ id: string }>().id ?? ''), 204)
  t.equal((await register(b, 'carol')).status, 201, 'a registration is accepted after another was revoked')
})

t.test('a repeated callback is a duplicate at any instance, even at two instances at once', async (t) => {
  const path = await callbackPath(a, 'emil')
  const key = { 'idempotency-key': 'job-17' }
  const both = await Promise.all([a, b, a, b].map((at) => call(at, path, 'done', key)))
  const answers = both.map((answer) => answer.json<{ id: string; duplicate: boolean }>())
  t.equal(answers.filter(({ duplicate }) => !duplicate).length, 1)
  t.equal(new Set(answers.map(({ id }) => id)).size, 1)
  const published = await Promise.all([a, b, a, b].map((at) => publish(at, { addressee: 'emil', id: 'order-42' })))
  t.equal(published.filter((answer) => !answer.json<{ duplicate: boolean }>().duplicate).length, 1)
  t.equal(await stored('emil'), 2)
  const { notifications, cursor } = await world.next(b, 'emil', 'wait=20&ack=next')
  t.equal(notifications.length, 2)
  await world.acknowledge(b, 'emil', { cursor })
  t.match(
    (await call(b, path, 'done', key)).json(),
    { id: answers[0]?.id, duplicate: true },
    'a duplicate, even after the first was delivered',
  )
  t.match((await publish(a, { addressee: 'emil', id: 'order-42' })).json(), { id: 'order-42', duplicate: true })
  t.equal((await world.poll(a, 'emil', 'wait=0')).status, 204)
})

t.test('a notification that is not fetched in time is removed', async (t) => {
  const brief = await world.peer(t, { PENDING_TTL_SECONDS: '60' })
  await callBack(brief, await callbackPath(brief, 'fred'), 'kept for a minute')
  const [row] = await sql`
    select extract(epoch from expires_at - created_at)::int as seconds from pending_notifications where client_id = 'fred'`
  t.same(row, { seconds: 60 }, 'the time to live of the setting')
  t.equal((await publish(brief, { addressee: 'fred', ttlSeconds: 61 })).status, 400)
  t.equal((await publish(brief, { addressee: 'fred', ttlSeconds: 1, body: 'kept for a second' })).status, 202)
  const live = () => sql`select from pending_notifications where client_id = 'fred' and expires_at > now()`
  await until(async () => (await live()).length === 1)
  t.match((await world.next(b, 'fred', 'wait=20&limit=10')).notifications, [{ body: 'kept for a minute' }])
})

t.test('notifications beyond a thousand pending ones of a client are refused until it fetches', async (t) => {
  const path = await callbackPath(a, 'gina')
  await callBack(a, path, 'the first')
  await sql`
    insert into pending_notifications (id, client_id, subject, body, delivery_count, expires_at)
    select gen_random_uuid(), 'gina', 'filler', 'x', 0, now() + interval '1 hour' from generate_series(1, 999)`
  for (const refused of [await call(b, path, 'one more'), await publish(a, { addressee: 'gina' })]) {
    t.equal(refused.status, 429)
    t.match(refused.headers.get('retry-after'), /^\d+$/)
  }
  t.equal(await stored('gina'), 1_000)
  t.equal((await publish(a, { addressee: 'others' })).status, 202)
  const got: string[] = []
  let cursor = ''
  while (got.length < 1_000) {
    const answer = await world.next(b, 'gina', `wait=20&limit=100&ack=next&cursor=${cursor}`)
    cursor = answer.cursor
    got.push(...answer.notifications.map(({ id }) => id))
  }
  t.equal((await world.poll(b, 'gina', `wait=0&ack=next&cursor=${cursor}`)).status, 204)
  t.equal(new Set(got).size, 1_000, 'each notification once')
  await until(async () => (await stored('gina')) === 0)
  t.equal((await call(b, path, 'room again')).status, 202)
})

t.test('nothing is accepted during a database outage, and accepted notifications are not lost', async (t) => {
  const path = await callbackPath(a, 'hans')
  await callBack(a, path, 'accepted before')
  const held = world.poll(a, 'ida', 'wait=60')
  await world.queueOf(a, 'ida')
  await world.postgres.stop()
  for (const answer of await Promise.all([
    call(a, path, 'while it is away'),
    publish(a, { addressee: 'hans', body: 'while it is away' }),
    register(a, 'hans'),
    world.ask(a, '/registrations', { headers: world.bearer('hans') }),
    world.poll(a, 'hans'),
  ])) {
    t.equal(answer.status, 503)
    t.match(answer.headers.get('retry-after'), /^\d+$/)
    t.equal(answer.json<{ error: string }>().error, 'ERROR_DB_UNEXPECTED_ERROR')
  }
  t.match((await world.acknowledge(a, 'hans', { ids: ['one'] })).json(), { acknowledged: 0, unknown: ['one'] })
  await world.postgres.start()
  await until(async () => (await world.readiness(a)).status === 200)
  const query = world.sql(t)
  const rows = await query`select from pending_notifications where client_id = 'hans'`
  t.equal(rows.length, 1)
  t.match((await world.next(a, 'hans')).notifications, [{ body: 'accepted before' }])
  await until(async () => (await call(a, path, 'after')).status === 202)
  t.match((await world.next(a, 'hans')).notifications, [{ body: 'after' }])
  await callBack(a, await callbackPath(a, 'ida'), 'to the held one')
  t.match((await held).notifications, [{ body: 'to the held one' }])
})
