import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

const atOnce = () => ({ buffered: true })
t.jobs = 3
const world = withInstancesHere(await startWorld(t))
const { sqs } = world
const gone = 'the queue of this instance is gone; the instance goes on under a new id'

t.test('an instance whose queue is deleted goes on under a new id and queue, its polls held', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const service = await world.peer(t, database)
  const peer = await world.peer(t, database)
  const held = ['alice', 'bob'].map((clientId) => world.poll(service, clientId, 'wait=60'))
  const oldQueue = await world.queueOf(service, 'alice')
  const { instanceId } = await world.health(service)
  await world.holds(service, 2)
  await sqs.deleteQueue(oldQueue)
  await service.said(gone)
  await service.said('clients are recorded anew')
  for (const clientId of ['alice', 'bob']) t.not(await world.queueOf(peer, clientId), oldQueue)
  const health = await world.health(service)
  t.equal(health.heldPolls, 2, 'its polls stay held')
  t.not(health.instanceId, instanceId)
  t.match(await world.session(peer, 'alice'), { online: true, instanceId: health.instanceId })
  await until(async () => (await world.readiness(service)).status === 200)
  const sent = await Promise.all(['alice', 'bob'].map((clientId) => world.publish(peer, clientId, `to ${clientId}`)))
  for (const [i, poll] of held.entries()) t.match((await poll).notifications, [{ id: sent[i] }])
  const sql = world.sql(t, database)
  await until(async () => (await sql`select from instances where id = ${instanceId}`).length === 0)
  t.equal(service.all(gone).length, 1, 'one line tells it')
  await service.stop()
  await until(async () => (await sql`select from instances`).length === 1)
})

t.test('a message that is on its way to a queue that is gone arrives at the next one', atOnce(), async (t) => {
  const database = { ...(await world.freshDatabase()), SQS_VISIBILITY_TIMEOUT_SECONDS: '3' }
  const [left, found] = [await world.peer(t, database), await world.peer(t, database)]
  await world.poll(left, 'carol', 'wait=0')
  const stale = await world.queueOf(left, 'carol')
  const held = world.poll(found, 'carol', 'wait=60')
  await until(async () => (await world.session(left, 'carol')).queueUrl !== stale)
  await sqs.deleteQueue(await world.queueOf(found, 'carol'))
  const id = await world.send(stale, 'carol', 'by a stale look-up')
  t.match((await held).notifications, [{ id }])
  await found.said(gone)
})

t.test('a queue that the settings give is waited for: nothing is created in its place', atOnce(), async (t) => {
  const redrive = { deadLetterTargetArn: world.deadLetters.arn, maxReceiveCount: 5 }
  const make = () => sqs.createQueue('given', { RedrivePolicy: JSON.stringify(redrive) })
  const { url } = await make()
  const service = await world.service(t, { ...(await world.freshDatabase()), SQS_QUEUE_URL: url })
  const held = world.poll(service, 'dora', 'wait=60')
  await world.holds(service, 1)
  await until(async () => (await world.readiness(service)).status === 200)
  await sqs.deleteQueue(url)
  const sentence = 'the queue at SQS_QUEUE_URL is gone: create it again; until then the instance is not ready'
  t.match(await service.said(sentence), { level: 40, queueUrl: url })
  const { status, queue } = await world.readiness(service)
  t.equal(status, 503)
  t.match(queue, /QueueDoesNotExist/)
  t.notOk((await sqs.queues()).includes(url))
  await make()
  await until(async () => (await world.readiness(service)).status === 200)
  const id = await world.publish(service, 'dora', 'to the queue that is back')
  t.match((await held).notifications, [{ id }], 'its polls stayed held')
  t.match(await service.said('the queue at SQS_QUEUE_URL is there again'), { level: 30, queueUrl: url })
  t.equal(service.all(sentence).length, 1, 'one line tells it')
})

t.test('all instances go on when an emulator loses everything that it had', async (t) => {
  // Alone, since this process then knows another SQS.
  const lost = withInstancesHere(await startWorld(t))
  const services = [await lost.peer(t), await lost.peer(t)] as const
  const held = services.map((service, i) => lost.poll(service, `client ${i}`, 'wait=60'))
  const before = await Promise.all(services.map((service, i) => lost.queueOf(service, `client ${i}`)))
  await lost.sqs.stop()
  await lost.sqs.start()
  for (const queueUrl of await lost.sqs.queues()) await lost.sqs.deleteQueue(queueUrl)
  for (const [i, service] of services.entries()) {
    await until(async () => {
      const { queueUrl } = await lost.session(service, `client ${i}`)
      return queueUrl !== null && queueUrl !== before[i]
    })
    const id = await lost.publish(services[0], `client ${i}`, 'after the loss')
    t.match((await held[i])?.notifications, [{ id }])
    await until(async () => (await lost.readiness(service)).status === 200)
  }
})
