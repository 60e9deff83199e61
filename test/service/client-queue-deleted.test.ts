import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'

/** SQS takes the name of a queue again 60 s after the queue was deleted; here as soon as the test says. */
const refused = 'QueueDeletedRecently'

t.test("a client's queue that is deleted while it is polled is created as soon as SQS takes its name", async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const { sqs } = world
  const service = await world.service(t)
  const held = world.poll(service, 'alice', 'wait=120')
  const queueUrl = await world.queueOf(service, 'alice')
  await until(async () => (await world.readiness(service)).status === 200)
  sqs.refuse(refused, 'CreateQueue')
  await sqs.deleteQueue(queueUrl)
  await until(async () => (await world.metric(service, 'sqs_missing_total')) > 0)
  t.equal((await world.poll(service, 'alice', 'wait=1')).status, 204, 'the next poll is held and timed out')
  t.equal((await world.readiness(service)).status, 200, 'the queue of one client is no outage')
  const publication = { addressee: 'alice', subject: 'greeting', body: 'too early' }
  const publish = () =>
    world.ask(service, '/notifications', {
      method: 'POST',
      headers: { ...world.bearer('shop', { scope: 'notifications:publish' }), 'content-type': 'application/json' },
      body: JSON.stringify(publication),
    })
  const early = await publish()
  t.equal(early.status, 503)
  t.ok(early.headers.get('retry-after'), 'a sender is told to come again')
  sqs.refuse(null)
  const id = await world.publish(service, 'alice', 'to the queue that was created again')
  t.match((await held).notifications, [{ id }])
  t.equal((await publish()).status, 202)
  t.same(
    service.warnings.map(({ msg }) => msg),
    ['request could not be served'],
    'nothing but the sender was refused',
  )
})

t.test("a client's queue that its operator deletes and creates again is received from again", async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const { sqs } = world
  const settings = { SQS_USER_QUEUE_AUTO_CREATE: 'false', SQS_VISIBILITY_TIMEOUT_SECONDS: '2' }
  const service = await world.service(t, settings)
  const queueUrl = await world.queueBefore(service, 'bob')
  const held = world.poll(service, 'bob', 'wait=120')
  await until(async () => (await world.metric(service, 'sqs_receives_open')) === 1)
  await sqs.deleteQueue(queueUrl)
  await until(async () => (await world.metric(service, 'sqs_missing_total')) > 0)
  t.equal((await world.poll(service, 'bob', 'wait=0')).status, 204)
  t.notOk((await sqs.queues()).includes(queueUrl), 'the service creates nothing')
  await world.queueBefore(service, 'bob')
  const id = await world.send(queueUrl, 'bob', 'to the new queue')
  t.match((await held).notifications, [{ id }])
  t.same(service.warnings, [])
})
