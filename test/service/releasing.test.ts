import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { bodiesOf } from '../support/world.ts'

/** A stop waits for the last receive, so the tests of a mode run at the same time. */
const atOnce = () => ({ buffered: true })

inEveryModeHere(t, async (t, world) => {
  t.jobs = 4
  const { sqs } = world

  t.test(
    'undelivered messages are released when an instance stops, and those in their grace are acknowledged',
    atOnce(),
    async (t) => {
      const service = await world.service(t, await world.apart())
      await world.poll(service, 'bob', 'wait=0')
      for (const body of ['not acknowledged', 'never handed over']) await world.deposit(service, 'bob', body)
      const queueUrl = await world.queueOf(service, 'bob')
      t.equal((await world.poll(service, 'bob', 'wait=0&ack=next&limit=1')).status, 200)
      const handed = world.poll(service, 'alice', 'wait=120')
      await world.publish(service, 'alice', 'handed over a moment ago')
      t.equal((await handed).status, 200)
      const queueOfAlice = await world.queueOf(service, 'alice')
      await service.stop()
      const bodies: (string | undefined)[] = []
      while (bodies.length < 2) bodies.push(...(await sqs.receive(queueUrl)).map(({ Body }) => Body))
      t.same(new Set(bodies), new Set(['not acknowledged', 'never handed over']), 'the message can be received at once')
      const queues = new Set([queueUrl, queueOfAlice])
      const left = await Promise.all([...queues].map(async (queue) => (await sqs.count(queue)).all))
      t.equal(
        left.reduce((sum, count) => sum + count, 0),
        2,
      )
    },
  )

  t.test('messages of the last receives are released', atOnce(), async (t) => {
    const service = await world.service(t, { ...(await world.apart()), SQS_VISIBILITY_TIMEOUT_SECONDS: '3600' })
    const held = world.poll(service, 'paul', 'wait=30')
    const queueUrl = await world.queueOf(service, 'paul')
    await until(async () => (await world.metric(service, 'sqs_receives_open')) > 0)
    const left = service.stop()
    t.equal((await held).status, 204)
    await world.send(queueUrl, 'paul', 'too late here')
    await left
    t.same(await sqs.count(queueUrl), { visible: 1, hidden: 0, all: 1 })
  })

  t.test('the clients of an instance that leaves get its notifications at another instance', atOnce(), async (t) => {
    const settings = await world.apart()
    const [leaving, survivor] = [await world.peer(t, settings), await world.peer(t, settings)]
    const held = world.poll(leaving, 'carol', 'wait=120&ack=next')
    await world.publish(leaving, 'carol', 'left behind')
    t.same(bodiesOf(await held), ['left behind'])
    const left = leaving.stop()
    await leaving.said('shutting down: clients are sent to other instances')
    t.match((await world.next(survivor, 'carol', 'wait=30')).notifications, [{ body: 'left behind' }])
    await left
  })

  t.test('an acknowledgement is accepted while the instance drains', atOnce(), async (t) => {
    const service = await world.service(t, { ...(await world.apart()), DRAIN_SPREAD_SECONDS: '10' })
    const held = Array.from({ length: 30 }, (_, i) => world.poll(service, `other-${i}`, 'wait=60'))
    const polling = world.poll(service, 'dora', 'wait=120&ack=next')
    await world.publish(service, 'dora', 'acknowledged late')
    const { cursor } = await polling
    const left = service.stop()
    await service.said('shutting down: clients are sent to other instances')
    t.same((await world.acknowledge(service, 'dora', { cursor })).json(), { acknowledged: 1, unknown: [] })
    await left
    await Promise.all(held)
  })
})
