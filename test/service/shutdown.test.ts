import t from 'tap'
import { until } from '../support/sqs.ts'
import { type Answer, type Health, type Problem, startWorld } from '../support/world.ts'

/** SIGTERM waits for the last receive, up to 20 s; all of these run at the same time. */
const atOnce = () => ({ buffered: true })
t.jobs = 8
const world = await startWorld(t)
const { sqs } = world

/** Sends the signal; answers how the process ended and after how many seconds. */
async function leave(service: Awaited<ReturnType<typeof world.service>>, signal: NodeJS.Signals = 'SIGTERM') {
  const startedAt = performance.now()
  service.signal(signal)
  const how = await service.ended
  return { how, seconds: (performance.now() - startedAt) / 1000 }
}

t.test('SIGTERM answers 500 held polls, refuses new ones, and leaves nothing behind', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const service = await world.service(t, database)
  const held = Array.from({ length: 500 }, (_, i) => world.poll(service, `client-${i}`, 'wait=120'))
  const sql = world.sql(t, database)
  // Held, and recorded as well.
  await until(async () => (await sql`select * from sessions`).length >= 500)
  const queueUrl = await world.queueOf(service, 'client-0')
  const leaving = leave(service)
  await service.said('shutting down: clients are sent elsewhere')

  const health = await world.ask(service, '/health')
  t.equal(health.status, 503)
  t.match(health.json<Health & Problem>(), { status: 'draining', error: 'ERROR_DRAINING' })
  t.equal((await world.ask(service, '/health/ready')).status, 503)
  t.equal((await world.ask(service, '/health/live')).status, 200, 'there is no reason to kill it')
  const refused = await world.poll(service, 'newcomer', 'wait=20')
  t.equal(refused.status, 503)
  t.equal(refused.json<Problem>().error, 'ERROR_DRAINING')
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  t.equal(refused.headers.get('connection'), 'close')

  const answers = await Promise.all(held)
  t.ok(
    answers.every(({ status, text }) => status === 204 && text === ''),
    'every poll gets a complete answer',
  )
  t.ok(
    answers.every(({ headers }) => headers.get('connection') === 'close'),
    'and is asked to connect anew',
  )
  const { how, seconds } = await leaving
  t.equal(how, 0)
  t.ok(seconds < 30, `it took ${seconds} s`)
  t.equal((await sql`select * from sessions`).length, 0, 'no session is left')
  t.equal((await sql`select * from instances`).length, 0, 'nor the instance')
  await t.rejects(sqs.attributes(queueUrl), { name: 'QueueDoesNotExist' }, 'nor its queue, which was empty')
  t.equal(service.output, '')
  t.same(
    // On a busy machine the process may well stand still for a second.
    service.lines.filter(({ level, msg }) => level >= 40 && msg !== 'this process was paused'),
    [],
    'and nothing went wrong',
  )
})

t.test(
  'clients that come at the very moment of SIGTERM are answered, and nothing is left behind',
  atOnce(),
  async (t) => {
    const database = await world.freshDatabase()
    const service = await world.service(t, database)
    const ends: Promise<number>[] = []
    // A steady stream of newcomers, so that at any moment some of them are being recorded.
    const stream = setInterval(() => {
      for (let i = 0; i < 5; i++) {
        const end = world.poll(service, `client-${ends.length}`, 'wait=120')
        ends.push(
          end.then(
            ({ status }) => status,
            () => 0,
          ),
        )
      }
    }, 2)
    t.teardown(() => clearInterval(stream))
    await until(async () => (await world.health(service)).heldPolls > 100)
    const left = leave(service)
    await service.said('shutting down: clients are sent elsewhere')
    clearInterval(stream)
    const { how } = await left
    const statuses = await Promise.all(ends)
    // A connection that comes when the listener is closed is refused (0).
    t.ok(
      statuses.every((status) => [204, 503, 0].includes(status)),
      [...new Set(statuses)].join(),
    )
    t.equal(how, 0)
    t.equal(
      service.all('this instance was taken for dead and goes on under a new id').length,
      0,
      'it does not begin anew',
    )
    const sql = world.sql(t, database)
    t.equal((await sql`select * from sessions`).length, 0, 'no session is left')
    t.equal((await sql`select * from instances`).length, 0, 'nor an instance')
  },
)

t.test(
  'what is not delivered at SIGTERM is given back, and what is in its grace is acknowledged',
  atOnce(),
  async (t) => {
    const database = await world.freshDatabase()
    const service = await world.service(t, database)
    const handed = world.poll(service, 'alice', 'wait=20')
    const queueUrl = await world.queueOf(service, 'alice')
    await world.send(queueUrl, 'absent', 'for somebody absent')
    const unacknowledged = world.poll(service, 'bob', 'wait=20&ack=next')
    await world.publish(service, 'bob', 'not acknowledged')
    t.equal((await unacknowledged).status, 200)
    await until(async () => (await sqs.count(queueUrl)).hidden === 2)
    await world.send(queueUrl, 'alice', 'handed over a moment ago')
    t.equal((await handed).status, 200)
    const { how } = await leave(service)
    t.equal(how, 0)
    const bodies: (string | undefined)[] = []
    while (bodies.length < 2) bodies.push(...(await sqs.receive(queueUrl)).map(({ Body }) => Body))
    t.same(new Set(bodies), new Set(['for somebody absent', 'not acknowledged']), 'receivable at once')
    t.equal((await sqs.count(queueUrl)).all, 2)
    const sql = world.sql(t, database)
    t.match(await sql`select queue_url from instances where dead_at is not null`, [{ queue_url: queueUrl }])
    t.same(await sql`select * from sessions`, [])
  },
)

t.test('a survivor delivers what an instance left behind, and removes its queue', atOnce(), async (t) => {
  const database = await world.freshDatabase()
  const [leaving, survivor] = [await world.peer(t, database), await world.peer(t, database)]
  await world.poll(leaving, 'carol', 'wait=0')
  const queueUrl = await world.queueOf(leaving, 'carol')
  await world.send(queueUrl, 'carol', 'left behind')
  await until(async () => (await sqs.count(queueUrl)).hidden === 1)
  const left = leave(leaving)
  await leaving.said('shutting down: clients are sent elsewhere')
  const { notifications } = await world.next(survivor, 'carol', 'wait=30')
  t.match(notifications, [{ body: 'left behind' }])
  t.equal((await left).how, 0)
  const sql = world.sql(t, database)
  await until(async () => (await sql`select * from instances`).length === 1)
  await t.rejects(sqs.attributes(queueUrl), { name: 'QueueDoesNotExist' })
})

t.test('an acknowledgement is taken while the instance drains', atOnce(), async (t) => {
  const service = await world.service(t, { ...(await world.freshDatabase()), DRAIN_SPREAD_SECONDS: '10' })
  const held = Array.from({ length: 30 }, (_, i) => world.poll(service, `other-${i}`, 'wait=60'))
  const polling = world.poll(service, 'dora', 'wait=20&ack=next')
  await world.publish(service, 'dora', 'acknowledged late')
  const { cursor } = (await polling).json<Answer>()
  const left = leave(service)
  await service.said('shutting down: clients are sent elsewhere')
  t.same((await world.acknowledge(service, 'dora', { cursor })).json(), { acknowledged: 1, unknown: [] })
  t.equal((await left).how, 0)
  await Promise.all(held)
})
