import t from 'tap'
import { until } from '../support/sqs.ts'
import { type Answer, startWorld } from '../support/world.ts'

const world = await startWorld(t)
const { sqs } = world
const [a, b] = [await world.peer(t), await world.peer(t)]

/** A queue of each instance, whoever is there. */
async function queueAt(service: typeof a): Promise<string> {
  const { instanceId } = await world.health(service)
  const clientId = `resident-${instanceId}`
  await world.poll(service, clientId, 'wait=0')
  return world.queueOf(service, clientId)
}
const [queueA, queueB] = [await queueAt(a), await queueAt(b)]

t.test('a message sent to the instance that a client has left reaches it at its new one', async (t) => {
  await world.poll(a, 'alice', 'wait=0')
  const held = world.poll(b, 'alice', 'wait=20')
  await until(async () => (await world.session(b, 'alice')).queueUrl === queueB)
  const id = await world.send(queueA, 'alice', 'to where she was', { subject: 'greeting', 'correlation-id': 'job-1' })
  t.match((await held).json<Answer>().notifications, [
    { id, body: 'to where she was', correlationId: 'job-1', deliveryCount: 1 },
  ])
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('a message that waits at the old instance follows its client', async (t) => {
  await world.poll(a, 'bob', 'wait=0')
  const received = await world.metric(a, 'sqs_received_total')
  const id = await world.send(queueA, 'bob', 'waits for him')
  await until(async () => (await world.metric(a, 'sqs_received_total')) > received)
  t.match((await world.next(b, 'bob', 'wait=20')).notifications, [{ id, body: 'waits for him' }])
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('a client that goes from A to B and back to A gets every message, whichever queue it was sent to', async (t) => {
  const got: string[] = []
  const want: string[] = []
  for (const [i, service] of [a, b, a, b, a].entries()) {
    const held = world.poll(service, 'carol', 'wait=20')
    const here = service === a ? queueA : queueB
    await until(async () => (await world.session(service, 'carol')).queueUrl === here)
    for (const queueUrl of [queueA, queueB]) {
      want.push(`round ${i} to ${queueUrl === here ? 'here' : 'there'}`)
      await world.send(queueUrl, 'carol', want.at(-1) ?? '')
    }
    got.push(...(await held).json<Answer>().notifications.map(({ body }) => body))
    while (got.length < want.length) {
      got.push(...(await world.next(service, 'carol', 'wait=20')).notifications.map(({ body }) => body))
    }
  }
  t.same(got.sort(), want.sort(), 'each of them once')
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('a cursor is good at every instance', async (t) => {
  const held = world.poll(a, 'dora', 'wait=20&ack=next')
  const id = await world.publish(a, 'dora', 'acknowledged elsewhere')
  const { cursor, notifications } = (await held).json<Answer>()
  t.match(notifications, [{ id }])
  t.equal((await world.poll(b, 'dora', `wait=1&ack=next&cursor=${cursor}`)).status, 204)
  await until(async () => (await sqs.count(queueA)).all + (await sqs.count(queueB)).all === 0)
})

t.test('an acknowledgement at another instance than the one that handed over counts', async (t) => {
  const held = world.poll(a, 'emil', 'wait=20&ack=next')
  const id = await world.publish(a, 'emil', 'one')
  const { cursor } = (await held).json<Answer>()
  t.same((await world.acknowledge(b, 'emil', { cursor })).json(), { acknowledged: 1, unknown: [] })
  const again = world.poll(a, 'emil', 'wait=20&ack=next')
  const second = await world.publish(a, 'emil', 'two')
  await again
  t.same((await world.acknowledge(b, 'emil', { ids: [second, id] })).json(), { acknowledged: 1, unknown: [id] })
  await until(async () => (await sqs.count(queueA)).all === 0)
})

t.test('a poll still held where the client has left ends by its time and takes nothing back', async (t) => {
  const old = world.poll(a, 'fred', 'wait=4')
  await until(async () => (await world.session(a, 'fred')).queueUrl === queueA)
  const held = world.poll(b, 'fred', 'wait=20')
  await until(async () => (await world.session(a, 'fred')).queueUrl === queueB)
  const id = await world.publish(a, 'fred', 'to the new place')
  t.match((await held).json<Answer>().notifications, [{ id }])
  t.equal((await old).status, 204)
  t.equal((await world.session(a, 'fred')).queueUrl, queueB)
})

t.test('nothing is lost while a client changes its instance at every poll', async (t) => {
  const total = 100
  const got = new Set<string>()
  await world.poll(a, 'gina', 'wait=0')
  const sending = (async () => {
    for (let i = 0; i < total; i++) await world.send(i % 2 === 0 ? queueA : queueB, 'gina', `message number ${i}`)
  })()
  for (let turn = 0; got.size < total; turn++) {
    const response = await world.poll(turn % 2 === 0 ? a : b, 'gina', 'wait=1')
    if (response.status !== 200) continue
    for (const { body } of response.json<Answer>().notifications) got.add(body)
  }
  await sending
  t.equal(got.size, total)
})
