import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'

inEveryModeHere(t, async (t, world) => {
  const { sqs } = world

  t.test(
    'polls stay held during an SQS outage, SQS is called ever less often, and the service recovers by itself',
    async (t) => {
      // Short, because a receive that was open at the outage may take the next message with it for this time.
      const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '3' })
      const held = world.poll(service, 'alice', 'wait=60')
      const queueUrl = await world.queueOf(service, 'alice')
      await until(async () => (await world.readiness(service)).status === 200)

      await sqs.stop()
      const line = await service.said(world.receivingFails)
      t.equal(line.level, 40)
      const { status, queue } = await world.readiness(service)
      t.equal(status, 503)
      t.match(queue, /^receiving from the queues? fails[\w ]*: \w+$/, 'the queue is named, without its address')
      t.equal((await world.health(service)).status, 'ok')
      t.equal(
        (await world.poll(service, 'newcomer', 'wait=0')).status,
        204,
        'new clients are accepted, as the outage is temporary',
      )
      await until(async () => (await world.metric(service, 'sqs_receive_errors_total')) >= 5)
      t.equal(service.all(world.receivingFails).length, 1, 'the outage is one line, whatever its reasons are')
      t.equal(line.operation, 'receive')

      await sqs.start()
      await world.send(queueUrl, 'alice', 'after the outage')
      t.match((await held).notifications, [{ body: 'after the outage' }])
      await until(async () => (await world.readiness(service)).status === 200)
      t.ok((await world.metric(service, 'sqs_receive_errors_total')) < 20, 'there were few calls')
      await world.emptied(service, 'alice')
      t.equal(service.all(world.receivingWorks).length, 1, 'and one when it is over')
    },
  )

  t.test('a deletion that failed is repeated, and the notification does not come twice', async (t) => {
    const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '4' })
    const held = world.poll(service, 'bob')
    const queueUrl = await world.queueOf(service, 'bob')
    await world.send(queueUrl, 'bob', 'once and only once')
    t.equal((await held).status, 200)
    await sqs.stop()
    // The grace and the lease end while SQS cannot be reached.
    await until(async () => (await world.metric(service, 'leased_bytes')) === 0)
    await new Promise((resolve) => setTimeout(resolve, 4_500))
    await sqs.start()
    await world.emptied(service, 'bob')
    t.equal(
      (await world.poll(service, 'bob', 'wait=0')).status,
      204,
      'the message was deleted when SQS showed it again',
    )
  })
})
