import { Notifications } from 'notification-service/client'
import t from 'tap'
import { until } from '../support/sqs.ts'
import { startWorld } from '../support/world.ts'

const world = await startWorld(t)
const { sqs } = world
const [a, b] = [await world.peer(t), await world.peer(t)]

t.test('a stream that comes back at another instance with Last-Event-ID acknowledges what it had', async (t) => {
  const before = await world.events(t, a, 'alice', 'ack=next')
  const queueUrl = await world.queueOf(a, 'alice')
  for (const body of ['one', 'two', 'three']) await world.publish(a, 'alice', body)
  await before.notification()
  const { cursor } = await before.notification()
  const { body } = await before.notification()
  before.hangUp()
  const after = await world.events(t, b, 'alice', 'ack=next', { 'last-event-id': cursor })
  const last = await after.notification()
  t.equal(last.body, body, 'the one that was not acknowledged has followed')
  await world.acknowledge(b, 'alice', { cursor: last.cursor })
  await until(async () => (await sqs.count(queueUrl)).all === 0)
})

t.test('a frame acknowledges what another instance has handed over', async (t) => {
  const before = await world.frames(t, a, 'bob', 'ack=next')
  const queueUrl = await world.queueOf(a, 'bob')
  await world.publish(a, 'bob', 'handed over at A')
  const { cursor } = await before.notification()
  const frames = await world.frames(t, b, 'carol', 'ack=next')
  for (let i = 0; i < 100; i++) frames.send({ type: 'ack', cursor })
  await world.publish(b, 'carol', 'to somebody else')
  frames.send({ type: 'ack', cursor: (await frames.notification()).cursor })
  t.equal((await sqs.count(queueUrl)).all, 1, 'not those of another client')
  const own = await world.frames(t, b, 'bob', `ack=next&cursor=${cursor}`)
  await until(async () => (await sqs.count(queueUrl)).all === 0)
  own.socket.close()
})

t.test('a stored notification reaches a stream at whichever instance it is', async (t) => {
  const events = await world.events(t, b, 'dora')
  const headers = {
    ...world.bearer('publisher', { scope: 'notifications:publish' }),
    'content-type': 'application/json',
  }
  const body = JSON.stringify({ addressee: 'dora', subject: 's', body: 'relayed' })
  const published = await world.ask(a, '/notifications', { method: 'POST', headers, body })
  t.match(published.json(), { status: 'live' })
  t.equal((await events.notification()).body, 'relayed')
})

t.test('the client library listens to a stream, and acknowledges what was handled', async (t) => {
  const handled: string[] = []
  const source = new Notifications({
    url: a.url,
    transport: 'sse',
    getToken: () => world.bearer('emil').authorization.slice('Bearer '.length),
  })
  t.teardown(() => source.close())
  source.addEventListener('notification', ({ notification }) => void handled.push(notification.body))
  source.start()
  const queueUrl = await world.queueOf(a, 'emil')
  for (const body of ['one', 'two', 'three']) await world.publish(a, 'emil', body)
  await until(() => handled.length === 3)
  await until(async () => (await sqs.count(queueUrl)).all === 0)
  t.same(handled.sort(), ['one', 'three', 'two'])
})
