import t from 'tap'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { spawnService } from '../support/service-process.ts'
import { startWorld } from '../support/world.ts'

/** SQS takes the name of a queue again 60 s after the queue was deleted; here as soon as the test says. */
const refused = 'QueueDeletedRecently'
const waiting = 'the start waits for PostgreSQL or SQS and is tried again; until then the instance is not ready'

t.test('a start whose dead-letter queue was just deleted waits until SQS takes its name again', async (t) => {
  const world = await startWorld(t)
  world.sqs.refuse(refused, 'CreateQueue')
  const { service, at, line } = await startOnPort([], async (port) => {
    const service = spawnService(t, { ...world.env, SQS_DLQ_ARN: '', PORT: String(port) })
    return { service, at: { url: `http://127.0.0.1:${port}` }, line: await service.said(waiting) }
  })
  t.match(JSON.stringify(line), 'was deleted less than 60 s ago')
  t.equal((await world.readiness(at)).status, 503)
  world.sqs.refuse(null)
  await service.said('listening')
  await until(async () => (await world.readiness(service)).status === 200)
})

t.test('an instance whose queues were all deleted waits likewise, its polls held', async (t) => {
  const world = await startWorld(t)
  const { sqs } = world
  const service = await world.service(t, { SQS_DLQ_ARN: '' })
  const held = world.poll(service, 'alice', 'wait=120')
  const before = await world.queueOf(service, 'alice')
  sqs.refuse(refused, 'CreateQueue')
  for (const url of await sqs.queues()) await sqs.deleteQueue(url)
  await service.said('a new queue could not be made yet')
  t.equal((await world.readiness(service)).status, 503)
  t.equal((await world.health(service)).heldPolls, 1)
  sqs.refuse(null)
  await until(async () => {
    const { queueUrl } = await world.session(service, 'alice')
    return queueUrl !== null && queueUrl !== before
  })
  const id = await world.publish(service, 'alice', 'after the wait')
  t.match((await held).notifications, [{ id }])
})
