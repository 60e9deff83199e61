import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

const world = withInstancesHere(await startWorld(t))
const { sqs } = world
const [a, b] = [await world.peer(t), await world.peer(t)]

const [queueA, queueB] = [await world.queueBefore(a, 'anybody'), await world.queueBefore(b, 'anybody')]

t.test('a message that is sent to the former instance of a client reaches it at its new instance', async (t) => {
  await world.poll(a, 'alice', 'wait=0')
  const held = world.poll(b, 'alice', 'wait=20')
  await until(async () => (await world.session(b, 'alice')).queueUrl === queueB)
  const id = await world.send(queueA, 'alice', 'to where she was', { subject: 'greeting', 'correlation-id': 'job-1' })
  t.match((await held).notifications, [{ id, body: 'to where she was', correlationId: 'job-1', deliveryCount: 1 }])
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('a message that the old instance has received follows its client', async (t) => {
  await world.poll(a, 'bob', 'wait=0')
  const id = await world.deposit(a, 'bob', 'waits for him')
  t.match((await world.next(b, 'bob')).notifications, [{ id, body: 'waits for him' }])
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('a cursor acknowledges at every instance', async (t) => {
  const held = world.poll(a, 'dora', 'wait=20&ack=next')
  const id = await world.publish(a, 'dora', 'acknowledged elsewhere')
  const { cursor, notifications } = await held
  t.match(notifications, [{ id }])
  t.equal((await world.poll(b, 'dora', `wait=1&ack=next&cursor=${cursor}`)).status, 204)
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('an acknowledgement counts at another instance than the one that handed over', async (t) => {
  const held = world.poll(a, 'emil', 'wait=20&ack=next')
  const id = await world.publish(a, 'emil', 'one')
  const { cursor } = await held
  t.same((await world.acknowledge(b, 'emil', { cursor })).json(), { acknowledged: 1, unknown: [] })
  const again = world.poll(a, 'emil', 'wait=20&ack=next')
  const second = await world.publish(a, 'emil', 'two')
  await again
  t.same((await world.acknowledge(b, 'emil', { ids: [second, id] })).json(), { acknowledged: 1, unknown: [id] })
  await until(async () => (await sqs.count(queueA)).all === 0)
})

t.test('a poll still held at a former instance ends by its wait and does not take the session back', async (t) => {
  const old = world.poll(a, 'fred', 'wait=4')
  await until(async () => (await world.session(a, 'fred')).queueUrl === queueA)
  const held = world.poll(b, 'fred', 'wait=20')
  await until(async () => (await world.session(a, 'fred')).queueUrl === queueB)
  const id = await world.publish(a, 'fred', 'to the new place')
  t.match((await held).notifications, [{ id }])
  t.equal((await old).status, 204)
  t.equal((await world.session(a, 'fred')).queueUrl, queueB)
})
