import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { type Answer, startWorld } from '../support/world.ts'

const atOnce = () => ({ buffered: true })
t.jobs = 2
const world = await startWorld(t)
const { sqs } = world
const bodiesOf = ({ notifications }: Pick<Answer, 'notifications'>) => notifications.map(({ body }) => body)
const silent = (instanceId: string, sql: ReturnType<typeof world.sql>) =>
  sql`update instances set heartbeat_at = now() - interval '21 seconds' where id = ${instanceId}`

t.test('two survivors drain the queue of a dead instance, and no message comes twice', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const sql = world.sql(t, database)
  const victim = await world.peer(t, database)
  const survivors = [await world.peer(t, database), await world.peer(t, database)] as const
  await world.poll(victim, 'alice', 'wait=0')
  const queueUrl = await world.queueOf(victim, 'alice')
  const { instanceId } = await world.health(victim)
  victim.signal('SIGKILL')
  await victim.ended
  const bodies = Array.from({ length: 60 }, (_, i) => `message ${String(i).padStart(2, '0')}`)
  for (const body of bodies) await world.send(queueUrl, 'alice', body)
  const got: string[] = []
  const polling = (async () => {
    let cursor = ''
    while (got.length < bodies.length) {
      const answer = await world.next(survivors[0], 'alice', `wait=20&ack=next&cursor=${cursor}`)
      cursor = answer.cursor
      got.push(...bodiesOf(answer))
    }
    return world.poll(survivors[0], 'alice', `wait=0&ack=next&cursor=${cursor}`)
  })()
  await silent(instanceId, sql)
  await Promise.all(survivors.map((survivor) => survivor.said('draining the queue of a dead instance')))
  t.equal((await polling).status, 204)
  t.same(got.sort(), bodies)
  await until(async () => (await sql`select * from instances`).length === 2)
  await t.rejects(sqs.attributes(queueUrl), { name: 'QueueDoesNotExist' })
})

t.test('a drainer that dies is replaced', atOnce(), async (t) => {
  // Messages that the drainer had received are shown again after this time.
  const settings = { ...(await world.freshDatabase()), SQS_VISIBILITY_TIMEOUT_SECONDS: '5' }
  const sql = world.sql(t, settings)
  const [victim, drainer] = [await world.peer(t, settings), await world.peer(t, settings)]
  await world.poll(victim, 'alice', 'wait=0')
  const queueUrl = await world.queueOf(victim, 'alice')
  const dead = (await world.health(victim)).instanceId
  const bodies = Array.from({ length: 30 }, (_, i) => `message ${String(i).padStart(2, '0')}`)
  victim.signal('SIGKILL')
  await victim.ended
  for (const body of bodies) await world.send(queueUrl, 'alice', body)
  await silent(dead, sql)
  await drainer.said('draining the queue of a dead instance')
  const drainerId = (await world.health(drainer)).instanceId
  await until(async () => (await world.metric(drainer, 'sqs_received_total')) > 0)
  drainer.signal('SIGKILL')
  await drainer.ended
  const successor = await world.peer(t, settings)
  await silent(drainerId, sql)
  const got = new Set<string>()
  let cursor = ''
  while (got.size < bodies.length) {
    const answer = await world.next(successor, 'alice', `wait=20&ack=next&cursor=${cursor}`)
    cursor = answer.cursor
    for (const body of bodiesOf(answer)) got.add(body)
  }
  await world.poll(successor, 'alice', `wait=0&ack=next&cursor=${cursor}`)
  t.same([...got].sort(), bodies)
  await until(async () => (await sql`select * from instances`).length === 1)
  await t.rejects(sqs.attributes(queueUrl), { name: 'QueueDoesNotExist' })
})
