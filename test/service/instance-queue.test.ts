import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

/**
 * Effects of one queue for all clients of an instance. A stop waits for the last receive, so all tests run at once.
 */
const atOnce = () => ({ buffered: true })
t.jobs = 5
const world = withInstancesHere(await startWorld(t))
const { sqs } = world

t.test(
  'a message for an absent client stays leased, and is handed over as soon as the client polls',
  atOnce(),
  async (t) => {
    const service = await world.service(t)
    const queueUrl = await world.queueBefore(service, 'carol')
    await world.send(queueUrl, 'carol', 'sent before the poll')
    await until(async () => (await sqs.count(queueUrl)).hidden === 1)
    const answer = await world.poll(service, 'carol', 'wait=0')
    t.equal(answer.status, 200, 'even at a poll without a wait')
    t.match(answer.notifications, [{ body: 'sent before the poll', deliveryCount: 1 }])
  },
)

t.test('a message for a client that never polls ends in the dead-letter queue', atOnce(), async (t) => {
  const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '2', SQS_MAX_RECEIVE_COUNT: '1' })
  await world.send(await world.queueBefore(service, 'absent'), 'absent', 'never fetched')
  const bodies: (string | undefined)[] = []
  while (!bodies.includes('never fetched')) {
    bodies.push(...(await sqs.receive(world.deadLetters.url)).map(({ Body }) => Body))
  }
  t.pass('the redrive policy moved it there')
})

t.test('readiness fails and names the queue when it was deleted', atOnce(), async (t) => {
  const service = await world.service(t)
  await sqs.deleteQueue(await world.queueBefore(service, 'dora'))
  // Two seconds later the instance goes on with another queue, and is ready again.
  let queue = ''
  await until(async () => {
    const readiness = await world.readiness(service)
    queue = readiness.queue
    return readiness.status === 503
  })
  t.match(queue, /QueueDoesNotExist|NonExistentQueue/)
})

t.test('an instance that leaves releases messages for absent clients, and leaves its queue to survivors', async (t) => {
  const database = await world.freshDatabase()
  const service = await world.service(t, database)
  const queueUrl = await world.queueBefore(service, 'emil')
  await world.send(queueUrl, 'emil', 'for somebody absent')
  await until(async () => (await sqs.count(queueUrl)).hidden === 1)
  await service.stop()
  t.same(await sqs.count(queueUrl), { visible: 1, hidden: 0, all: 1 }, 'the message can be received at once')
  const sql = world.sql(t, database)
  t.match(await sql`select queue_url from instances where dead_at is not null`, [{ queue_url: queueUrl }])
  t.same(await sql`select * from sessions`, [])
})

t.test('a survivor delivers the messages that an instance left behind, and deletes its queue', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const [leaving, survivor] = [await world.peer(t, database), await world.peer(t, database)]
  await world.poll(leaving, 'fred', 'wait=0')
  await world.deposit(leaving, 'fred', 'left behind')
  const queueUrl = await world.queueOf(leaving, 'fred')
  const left = leaving.stop()
  t.match((await world.next(survivor, 'fred', 'wait=30')).notifications, [{ body: 'left behind' }])
  await left
  const sql = world.sql(t, database)
  await until(async () => (await sql`select * from instances`).length === 1)
  await t.rejects(sqs.attributes(queueUrl), { name: 'QueueDoesNotExist' })
})
