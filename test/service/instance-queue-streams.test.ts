import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

const world = withInstancesHere(await startWorld(t))
const { sqs } = world
const [a, b] = [await world.peer(t), await world.peer(t)]

t.test('a stream that reconnects to another instance with Last-Event-ID acknowledges its earlier events', async (t) => {
  const before = await world.events(t, a, 'alice', 'ack=next')
  const queueUrl = await world.queueOf(a, 'alice')
  for (const body of ['one', 'two', 'three']) await world.publish(a, 'alice', body)
  await before.notification()
  const { cursor } = await before.notification()
  const { body } = await before.notification()
  before.hangUp()
  const after = await world.events(t, b, 'alice', 'ack=next', { 'last-event-id': cursor })
  const last = await after.notification()
  t.equal(last.body, body, 'the unacknowledged notification has followed')
  await world.acknowledge(b, 'alice', { cursor: last.cursor })
  await until(async () => (await sqs.count(queueUrl)).all === 0)
})

t.test('a frame acknowledges a notification that another instance has handed over', async (t) => {
  const before = await world.frames(t, a, 'bob', 'ack=next')
  const queueUrl = await world.queueOf(a, 'bob')
  await world.publish(a, 'bob', 'handed over at A')
  const { cursor } = await before.notification()
  const frames = await world.frames(t, b, 'carol', 'ack=next')
  for (let i = 0; i < 100; i++) frames.send({ type: 'ack', cursor })
  await world.publish(b, 'carol', 'to somebody else')
  frames.send({ type: 'ack', cursor: (await frames.notification()).cursor })
  t.equal((await sqs.count(queueUrl)).all, 1, 'the notification of another client is not acknowledged')
  const own = await world.frames(t, b, 'bob', `ack=next&cursor=${cursor}`)
  await until(async () => (await sqs.count(queueUrl)).all === 0)
  own.socket.close()
})
