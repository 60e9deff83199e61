import { createServer } from 'node:net'
import t from 'tap'
import { withInstancesHere } from '../support/service-here.ts'
import { spawnService } from '../support/service-process.ts'
import { startWorld } from '../support/world.ts'

t.test('all faults of the settings are reported at once, without a stack', async (t) => {
  const service = spawnService(t, {
    PORT: 'http',
    DEFAULT_WAIT_SECONDS: '-1',
    LOGGING_MODE: 'LOUD',
    SQS_DLQ_ARN: 'dead-letters',
    INSTANCE_ADDRESS: 'http://user:secret-of-the-address@host',
  })
  t.equal(await service.ended, 1)
  for (const name of ['PORT', 'DEFAULT_WAIT_SECONDS', 'LOGGING_MODE', 'SQS_DLQ_ARN', 'INSTANCE_ADDRESS']) {
    t.match(service.output, new RegExp(`^ +${name}: \\w`, 'm'))
  }
  t.match(service.output, /COGNITO_JWK_URL: set it/, 'a missing setting')
  t.match(service.output, /SQS_QUEUE_NAME_PREFIX: set it/)
  t.notMatch(service.output, /\bat \S+ \(|node:internal|\.ts:\d/, 'no stack')
  t.same(service.lines, [])
})

t.test('a start that lacks a dependency says so, and leaves nothing behind', async (t) => {
  const world = await startWorld(t)
  const { sqs } = world
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  t.teardown(() => void taken.close())
  const address = taken.address()
  const takenPort = typeof address === 'object' ? String(address?.port) : ''
  const database = await world.freshDatabase()
  const cases: Record<string, [Record<string, string>, RegExp]> = {
    'a database that does not know us': [{ DB_NAME: 'nothing' }, /nothing/],
    'a dead-letter queue that is not there': [
      { SQS_DLQ_ARN: 'arn:aws:sqs:us-east-1:000000000000:none' },
      /SQS_DLQ_ARN/,
    ],
    'a queue that is not there': [{ SQS_QUEUE_URL: `${sqs.endpoint}/000000000000/none` }, /SQS_QUEUE_URL/],
    'a port that is taken': [{ PORT: takenPort }, /EADDRINUSE/],
  }
  const queuesBefore = await sqs.queues()
  for (const [name, [settings, reason]] of Object.entries(cases)) {
    const service = spawnService(t, { ...world.env, ...database, ...settings })
    t.equal(await service.ended, 1, name)
    const said = JSON.stringify(service.lines) + service.output
    t.match(said, reason, name)
    t.notMatch(said, /my_password|UnhandledPromise|uncaught/i, name)
    t.equal(service.all('the service could not start').length, 1, name)
  }
  t.same(await sqs.queues(), queuesBefore, 'no queue is left behind')
  const sql = world.sql(t, database)
  t.equal((await sql`select * from instances`).length, 0, 'no instance is left behind')
})

t.test('three instances that start on an empty database at the same time all start', async (t) => {
  const world = withInstancesHere(await startWorld(t))
  const database = await world.emptyDatabase()
  const services = await Promise.all([1, 2, 3].map(() => world.service(t, database)))
  const sql = world.sql(t, database)
  t.equal((await sql`select * from instances where dead_at is null`).length, 3)
  const queues = await sql`select queue_url from instances`
  t.equal(new Set(queues.map(({ queue_url }) => queue_url)).size, 3, 'each instance has its own queue')
  const attributes = await world.sqs.attributes(queues[0]?.queue_url)
  t.equal(attributes.ReceiveMessageWaitTimeSeconds, '20')
  t.match(JSON.parse(attributes.RedrivePolicy ?? '{}'), {
    deadLetterTargetArn: world.deadLetters.arn,
    maxReceiveCount: 5,
  })
  for (const service of services) t.equal((await world.readiness(service)).status, 200)
})

t.test('a start in production warns of each unsafe setting, and of a name that is no setting', async (t) => {
  const world = await startWorld(t)
  const service = await world.service(t, { DB_PASWORD: 'unread' })
  const warned = service.lines.filter(({ level, setting }) => level === 40 && setting !== undefined)
  t.same(warned.map(({ setting }) => setting).sort(), [
    'ADMIN_PORT',
    'DB_ALLOW_LAZY_COMMIT',
    'DB_PASSWORD',
    'DB_PASWORD',
    'PUBLIC_URL',
  ])
  t.notMatch(JSON.stringify(service.lines), 'unread')
  t.notOk(service.all('listening').length > 1)
})
