import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryMode } from '../support/modes.ts'

inEveryMode(t, async (t, world) => {
  const { sqs } = world

  t.test('while SQS is away polls stay held, it is asked ever less often, and all recovers by itself', async (t) => {
    // Short, since a receive that was open when SQS went away takes the next message with it for so long.
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
    t.equal((await world.poll(service, 'newcomer', 'wait=0')).status, 204, 'newcomers are taken: it will pass')
    await until(async () => (await world.metric(service, 'sqs_receive_errors_total')) >= 5)
    t.equal(service.all(world.receivingFails).length, 1, 'it is said once')

    await sqs.start()
    await world.send(queueUrl, 'alice', 'after the outage')
    t.match((await held).notifications, [{ body: 'after the outage' }])
    await until(async () => (await world.readiness(service)).status === 200)
    t.ok((await world.metric(service, 'sqs_receive_errors_total')) < 20, 'there was no storm of calls')
    await world.emptied(service, 'alice')
  })

  t.test(
    'an acknowledgement that SQS does not hear of is told again, and nobody gets the notification twice',
    async (t) => {
      const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '4' })
      const held = world.poll(service, 'bob')
      const queueUrl = await world.queueOf(service, 'bob')
      await world.send(queueUrl, 'bob', 'once and only once')
      t.equal((await held).status, 200)
      await sqs.stop()
      // Its grace ends, and so does its lease, while nobody can be told.
      await until(async () => (await world.metric(service, 'leased_bytes')) === 0)
      await new Promise((resolve) => setTimeout(resolve, 4_500))
      await sqs.start()
      await world.emptied(service, 'bob')
      t.equal((await world.poll(service, 'bob', 'wait=0')).status, 204, 'it was deleted when it was shown again')
    },
  )
})
