import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type Answer, startWorld } from '../support/world.ts'

const atOnce = () => ({ buffered: true })
t.jobs = 3
const world = await startWorld(t)
/** The same whose instances take no signal. */
const here = withInstancesHere(world)
const { callbackPath, callBack, publish } = tasks(world)
const bodiesOf = ({ notifications }: Pick<Answer, 'notifications'>) => notifications.map(({ body }) => body)
const silent = (instanceId: string, sql: ReturnType<typeof world.sql>) =>
  sql`update instances set heartbeat_at = now() - interval '21 seconds' where id = ${instanceId}`

t.test('unacknowledged notifications move with their client, and acknowledged ones do not', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const [a, b] = [await here.peer(t, database), await here.peer(t, database)]
  const path = await callbackPath(a, 'alice')
  for (const body of ['one', 'two', 'three']) await callBack(b, path, body)
  const first = await world.next(a, 'alice', 'wait=20&ack=next&limit=1')
  t.same(bodiesOf(first), ['one'])
  const again = await world.next(b, 'alice', 'wait=20&ack=next&limit=1')
  t.same(bodiesOf(again), ['one'], 'a poll without the cursor acknowledges nothing')
  const second = await world.next(a, 'alice', `wait=20&ack=next&limit=1&cursor=${again.cursor}`)
  t.same(bodiesOf(second), ['two'])
  t.same((await world.acknowledge(b, 'alice', { cursor: second.cursor })).json(), { acknowledged: 1, unknown: [] })
  const third = await world.next(b, 'alice', 'wait=20&ack=next&limit=1')
  t.same(bodiesOf(third), ['three'])
  const [id = ''] = third.notifications.map(({ id }) => id)
  t.same((await world.acknowledge(a, 'alice', { ids: [id, 'unknown'] })).json(), {
    acknowledged: 1,
    unknown: ['unknown'],
  })
  for (const service of [a, b, a]) t.equal((await world.poll(service, 'alice', 'wait=0&ack=next')).status, 204)
  const sql = world.sql(t, database)
  t.same(await sql`select * from pending_notifications`, [])
})

t.test('the death of an instance costs its clients duplicates, but no wait', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const sql = world.sql(t, database)
  const [a, b] = [await world.peer(t, database), await here.peer(t, database)]
  const path = await callbackPath(a, 'alice')
  await callBack(a, path, 'unacknowledged')
  const first = await world.next(a, 'alice', 'wait=20&ack=next')
  a.signal('SIGKILL')
  await a.ended
  const accepted = await callBack(b, path, 'to a client of the dead')
  t.equal(accepted.status, 'pending', 'the client is not known to be connected')
  const answer = await world.next(b, 'alice', `wait=20&ack=next&cursor=${first.cursor}`)
  t.same(bodiesOf(answer), ['unacknowledged', 'to a client of the dead'], 'the cursor was lost with its instance')
  t.same((await world.acknowledge(b, 'alice', { cursor: answer.cursor })).json(), { acknowledged: 2, unknown: [] })
  await until(async () => (await sql`select * from pending_notifications`).length === 0)
  t.equal((await world.poll(b, 'alice', 'wait=0')).status, 204)
})

t.test(
  'an instance that comes back after it was taken for dead takes no client from its new instance',
  atOnce(),
  async (t) => {
    const database = await world.freshDatabase()
    const sql = world.sql(t, database)
    const [a, b] = [await world.peer(t, database), await here.peer(t, database)]
    const path = await callbackPath(b, 'alice')
    // The client was there a moment ago, so the instance still holds its session.
    await world.poll(a, 'alice', 'wait=0')
    const { instanceId } = await world.health(a)
    a.signal('SIGSTOP')
    await silent(instanceId, sql)
    await b.said('instance was not heard of and is taken for dead')
    const polling = world.poll(b, 'alice', 'wait=60')
    await world.queueOf(b, 'alice')
    a.signal('SIGCONT')
    await a.said('clients are recorded anew')
    const { instanceId: idOfB } = await world.health(b)
    t.equal((await world.session(b, 'alice')).instanceId, idOfB)
    t.match(await callBack(a, path, 'to where she is'), { status: 'live' })
    t.same(bodiesOf((await polling).json<Answer>()), ['to where she is'])
  },
)

t.test('the clients of an instance that leaves get all their waiting notifications elsewhere', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const sql = world.sql(t, database)
  const [a, b] = [await world.peer(t, database), await here.peer(t, database)]
  const path = await callbackPath(a, 'alice')
  await callBack(a, path, 'unacknowledged')
  await world.next(a, 'alice', 'wait=20&ack=next')
  const other = world.poll(a, 'bob', 'wait=60')
  await world.queueOf(b, 'bob')
  a.signal('SIGTERM')
  t.equal((await other).status, 204)
  // The client is found at the instance that leaves for up to two seconds more, or is nowhere.
  t.match(await callBack(b, path, 'while it leaves'), { status: /^(live|pending)$/ })
  const answer = await world.next(b, 'alice', 'wait=20&ack=next')
  t.same(bodiesOf(answer), ['unacknowledged', 'while it leaves'])
  const polling = world.poll(b, 'bob', 'wait=20')
  await world.queueOf(b, 'bob')
  const taken = await callBack(a, path, 'to one that leaves').catch(() => null)
  const last = await world.poll(b, 'alice', `wait=${taken === null ? 0 : 20}&ack=next&cursor=${answer.cursor}`)
  t.same(last.status === 200 ? bodiesOf(last.json<Answer>()) : [], taken === null ? [] : ['to one that leaves'])
  t.equal(await a.ended, 0)
  const id = 'to-bob'
  t.equal((await publish(b, { addressee: 'bob', id })).status, 202)
  t.match((await polling).json<Answer>().notifications, [{ id }])
  await until(async () => (await sql`select * from instances`).length === 1)
})
