import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import type { Accepted } from '../support/answers.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { startWorld } from '../support/world.ts'

const world = withInstancesHere(await startWorld(t))
const { callbackPath, call, publish } = tasks(world)
const [a, b] = await Promise.all([world.peer(t), world.peer(t)])

interface Receipt {
  readonly state: string
  readonly by?: string
  readonly deliveryCount: number
}

const receiptOf = (addressee: string, id: string, at = b) =>
  world.ask(at, `/receipts/${addressee}/${id}`, { headers: world.bearer('p', { scope: 'notifications:publish' }) })
const stateOf = async (addressee: string, id: string) => (await receiptOf(addressee, id)).json<Receipt>()
const waiting = (seconds: number | string) => ({ prefer: `wait=${seconds}` })

t.test('a publisher waits until the client has acknowledged, at whichever instance that is', async (t) => {
  for (const [clientId, at] of [
    ['alice', a],
    ['bob', b],
  ] as const) {
    const answering = publish(a, { addressee: clientId, id: 'order-42' }, waiting(30))
    const { notifications, cursor } = await world.next(at, clientId, 'wait=20&ack=next')
    t.match(notifications, [{ id: 'order-42' }])
    await until(async () => (await stateOf(clientId, 'order-42')).state === 'handed-over')
    t.equal(await world.metric(a, 'waiting_publishers'), 1, 'handed over is not acknowledged')
    // A cursor names the instance that gave it: the other one passes it there.
    await world.acknowledge(at === a ? b : a, clientId, { cursor })
    const answer = await answering
    t.equal(answer.status, 200)
    t.same(answer.json(), { id: 'order-42', status: 'acknowledged', duplicate: false })
    t.equal(answer.headers.get('preference-applied'), 'wait=30')
    t.match(await stateOf(clientId, 'order-42'), { state: 'acknowledged', by: 'client' })
    const repeat = await publish(b, { addressee: clientId, id: 'order-42' }, waiting(30))
    t.match([repeat.status, repeat.json()], [200, { status: 'acknowledged', duplicate: true }])
  }
})

t.test('the grace of a response acknowledges too, and the receipt says so', async (t) => {
  const answering = publish(b, { addressee: 'carol', id: 'x' }, waiting(30))
  await world.next(a, 'carol', 'wait=20')
  t.equal((await answering).status, 200)
  t.match(await stateOf('carol', 'x'), { state: 'acknowledged', by: 'grace' })
})

t.test('a publisher whose wait is over gets 202, and its notification stays stored', async (t) => {
  const answer = await publish(a, { addressee: 'dave', id: 'x' }, waiting(1))
  t.match([answer.status, answer.json()], [202, { id: 'x', status: 'pending', duplicate: false }])
  t.equal(answer.headers.get('preference-applied'), 'wait=1')
  t.match(await stateOf('dave', 'x'), { state: 'pending' })
  const none = await publish(a, { addressee: 'dave', id: 'y' }, waiting(0))
  t.match([none.status, none.headers.get('preference-applied')], [202, null])
  for (const bad of ['-1', 'soon', '""', '1e3']) {
    t.equal((await publish(a, { addressee: 'dave', id: 'z' }, waiting(bad))).status, 400, bad)
  }
  t.equal((await receiptOf('dave', 'z')).status, 404, 'a refused publication is not stored')
  t.match((await world.next(a, 'dave')).notifications, [{ id: 'x' }, { id: 'y' }])
})

t.test('a publisher that hangs up while it waits changes nothing for its notification', async (t) => {
  const controller = new AbortController()
  const headers = { ...world.bearer('p', { scope: 'notifications:publish' }), 'content-type': 'application/json' }
  const body = JSON.stringify({ addressee: 'emil', subject: 's', body: 'b', id: 'x' })
  const { signal } = controller
  const asked = fetch(`${a.url}/notifications`, {
    method: 'POST',
    headers: { ...headers, ...waiting(30) },
    body,
    signal,
  })
  await until(async () => (await world.metric(a, 'waiting_publishers')) === 1)
  controller.abort()
  await t.rejects(asked)
  await until(async () => (await world.metric(a, 'waiting_publishers')) === 0)
  const { cursor } = await world.next(b, 'emil', 'wait=20&ack=next')
  await world.acknowledge(b, 'emil', { cursor })
  await until(async () => (await stateOf('emil', 'x')).state === 'acknowledged')
})

t.test('the sender of a callback can wait for the acknowledgement as a publisher can', async (t) => {
  const path = await callbackPath(a, 'fred')
  const answering = call(b, path, 'done', waiting(30))
  const { cursor, notifications } = await world.next(a, 'fred', 'wait=20&ack=next')
  await world.acknowledge(a, 'fred', { cursor })
  const answer = await answering
  t.equal(answer.status, 200)
  t.match(answer.json(), { id: notifications[0]?.id, status: 'acknowledged', duplicate: false })
  const over = await call(b, path, 'again', waiting(1))
  t.equal(over.status, 202)
  t.equal((await receiptOf('fred', over.json<Accepted>().id)).status, 200)
  const plain = (await call(b, path, 'plain')).json<Accepted>()
  t.match(await stateOf('fred', plain.id), { id: plain.id })
  await until(async () => {
    const { cursor, notifications } = await world.poll(a, 'fred', 'wait=0&ack=next')
    if (notifications.length > 0) await world.acknowledge(a, 'fred', { cursor })
    return (await receiptOf('fred', plain.id)).status === 404
  })
})

t.test('an instance that drains answers the publishers that wait at once', async (t) => {
  const leaving = await world.peer(t)
  const answering = publish(leaving, { addressee: 'gina', id: 'x' }, waiting(30))
  await until(async () => (await world.metric(leaving, 'waiting_publishers')) === 1)
  const startedAt = performance.now()
  await Promise.all([leaving.stop(), answering])
  t.ok(performance.now() - startedAt < 29_000)
  const answer = await answering
  t.match([answer.status, answer.json()], [202, { id: 'x', status: 'pending' }])
  t.match((await world.next(a, 'gina')).notifications, [{ id: 'x' }])
})
