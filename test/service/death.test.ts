import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { type Answer, startWorld } from '../support/world.ts'

const atOnce = () => ({ buffered: true })
t.jobs = 4
const world = await startWorld(t)
/** The same whose instances take no signal. */
const here = withInstancesHere(world)
const { sqs } = world

t.test(
  'a survivor drains the queue of an instance that was killed, and its clients get their messages',
  atOnce(),
  async (t) => {
    const database = await world.freshDatabase()
    const sql = world.sql(t, database)
    const [victim, survivor] = [await world.peer(t, database), await here.peer(t, database)]
    const { instanceId } = await world.health(victim)
    await world.poll(victim, 'alice', 'wait=0')
    const queueUrl = await world.queueOf(victim, 'alice')
    const held = world.poll(victim, 'bob', 'wait=60').catch(() => null)
    await world.queueOf(victim, 'bob')
    victim.signal('SIGKILL')
    await victim.ended
    await held
    const id = await world.send(queueUrl, 'alice', 'sent to the dead')
    t.equal((await world.session(survivor, 'alice')).instanceId, instanceId, 'the death is not noticed yet')
    await sql`update instances set heartbeat_at = now() - interval '21 seconds' where id = ${instanceId}`
    t.match((await world.next(survivor, 'alice', 'wait=60')).notifications, [{ id, body: 'sent to the dead' }])
    const line = await survivor.said('instance was not heard of and is taken for dead')
    t.match(line, { deadInstanceId: instanceId })
    await until(async () => (await sql`select * from instances`).length === 1)
    t.equal((await world.session(survivor, 'bob')).online, false, 'the session of a client does not outlive it')
    const viewed = await sql`select from notifier_instances where user_id = 'bob'`
    t.equal(viewed.length, 0, 'nor does it in the view of the earlier service')
    await t.rejects(
      sqs.attributes(queueUrl),
      { name: 'QueueDoesNotExist' },
      'the queue is deleted, since it was created by the instance',
    )
  },
)

t.test('an instance that was taken for dead during a pause continues under a new id', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const sql = world.sql(t, database)
  const [paused, survivor] = [await world.peer(t, database), await here.peer(t, database)]
  const held = world.poll(paused, 'carol', 'wait=100')
  const oldQueue = await world.queueOf(paused, 'carol')
  const { instanceId } = await world.health(paused)
  paused.signal('SIGSTOP')
  await sql`update instances set heartbeat_at = now() - interval '21 seconds' where id = ${instanceId}`
  await survivor.said('instance was not heard of and is taken for dead')
  t.equal((await world.session(survivor, 'carol')).online, false)
  paused.signal('SIGCONT')
  await paused.said('clients are recorded anew')
  const { instanceId: newId, heldPolls } = await world.health(paused)
  t.not(newId, instanceId)
  t.equal(heldPolls, 1, 'the poll stays held')
  const session = await world.session(survivor, 'carol')
  t.equal(session.instanceId, newId)
  t.not(session.queueUrl, oldQueue)
  const late = await world.send(oldQueue, 'carol', 'by a stale look-up')
  t.match((await held).json<Answer>().notifications, [{ id: late }], 'the survivor forwards the message')
  const again = world.poll(paused, 'carol', 'wait=60')
  const id = await world.publish(survivor, 'carol', 'to the new queue')
  const answer = (await again).json<Answer>()
  t.match(answer.notifications, [{ id }])
  const newcomer = world.poll(paused, 'dora', 'wait=60')
  t.equal(await world.publish(survivor, 'dora', 'to a newcomer'), (await newcomer).json<Answer>().notifications[0]?.id)
  await until(async () => (await sql`select * from instances`).length === 2)
  t.pass('the old row is gone')
})

t.test('an instance with a fixed id exits when it was taken for dead', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const sql = world.sql(t, database)
  const id = 'c0a80101-0000-4000-8000-00000000000a'
  const queue = await sqs.createQueue('of-a-fixed-id')
  const fixed = await world.service(t, {
    ...database,
    NOTIFICATION_SERVICE_CLIENT_ID: id,
    SQS_QUEUE_URL: queue.url,
    SQS_QUEUE_NAME_PREFIX: '',
  })
  t.equal((await world.health(fixed)).instanceId, id)
  const held = world.poll(fixed, 'emil', 'wait=20')
  const sent = await world.publish(fixed, 'emil', 'to the given queue')
  t.match((await held).json<Answer>().notifications, [{ id: sent }])
  await sql`update instances set dead_at = now() where id = ${id}`
  t.equal(await fixed.ended, 1)
  t.match(fixed.lines.at(-1), { level: 60, msg: /taken for dead/ })

  const again = await here.service(t, {
    ...database,
    NOTIFICATION_SERVICE_CLIENT_ID: id,
    SQS_QUEUE_URL: queue.url,
    SQS_QUEUE_NAME_PREFIX: '',
  })
  t.match(await sql`select dead_at from instances where id = ${id}`, [{ dead_at: null }], 'a new start revives its row')
  t.equal((await world.poll(again, 'emil', 'wait=0')).status, 204)
})
