import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { type Here, type ServiceHere, withInstancesHere } from '../support/service-here.ts'
import { type Answer, type Problem, startWorldToStop, type World } from '../support/world.ts'

/** A recovery takes milliseconds; with the back-off of the client library it takes up to 20 s. */
const maxRecoveryMs = 12_000

/** Checks that held and known clients are served during a database outage, and all clients soon after it. */
async function outage(t: Tap, world: Here<World>, service: ServiceHere, away: () => unknown, back: () => unknown) {
  // An earlier instance that was killed may still have sessions, so each has clients of its own.
  const [here, known, newcomer] = ['held', 'known', 'newcomer'].map(
    (name) => `${name}-${new URL(service.url).port}`,
  ) as [string, string, string]
  const held = world.poll(service, here, 'wait=60')
  const queueUrl = await world.queueOf(service, here)
  await world.poll(service, known, 'wait=0')
  await away()

  // The answer before may be a second old.
  await until(async () => (await world.readiness(service)).status === 503)
  t.match(await world.readiness(service), { status: 503, database: 'the database does not answer', queue: 'ok' })
  t.equal((await world.health(service)).status, 'ok', 'the instance takes polls all the same')
  const first = await world.send(queueUrl, here, 'sent without a database')
  t.match((await held).json<Answer>().notifications, [{ id: first }], 'a held client gets its messages')
  const polling = world.poll(service, known, 'wait=60')
  await world.holds(service, 1)
  const second = await world.send(queueUrl, known, 'to a client that polls on')
  t.match((await polling).json<Answer>().notifications, [{ id: second }], 'a client whose session is here can poll on')

  const refused = await world.poll(service, newcomer, 'wait=20')
  t.equal(refused.status, 503, 'a new client is refused')
  t.match(refused.json<Problem>(), {
    error: 'ERROR_DB_UNEXPECTED_ERROR',
    message: 'The database did not answer; try again',
  })
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  const lookUp = await world.ask(service, `/sessions/${here}`, {
    headers: world.bearer('publisher', { scope: 'sessions:read' }),
  })
  t.equal(lookUp.status, 503)
  t.equal(lookUp.json<Problem>().error, 'ERROR_DB_UNEXPECTED_ERROR')

  await back()
  const backAt = performance.now()
  await until(async () => (await world.poll(service, newcomer, 'wait=0')).status === 204)
  await until(async () => (await world.readiness(service)).status === 200)
  t.ok(performance.now() - backAt < maxRecoveryMs, 'the service has recovered soon')
  t.equal((await world.session(service, newcomer)).online, true)
  const again = world.poll(service, newcomer, 'wait=20')
  const third = await world.publish(service, newcomer, 'after the outage')
  t.match((await again).json<Answer>().notifications, [{ id: third }])
  await until(async () => (await world.sqs.count(queueUrl)).all === 0)
}

type Tap = Pick<typeof t, 'match' | 'equal' | 'ok'>

const world = withInstancesHere(await startWorldToStop(t))

t.test('the service recovers from a database that is stopped and started again', async (t) => {
  const service = await world.service(t)
  await outage(t, world, service, world.postgres.stop, world.postgres.start)
  t.ok(service.warnings.length < 6, 'the outage is logged, but not for every query')
  t.notMatch(JSON.stringify(service.lines), /my_password/)
})

t.test('the service recovers from a database that crashes', async (t) => {
  const service = await world.service(t)
  await outage(t, world, service, world.postgres.kill, world.postgres.start)
})

t.test('the service recovers from a database that does not answer', async (t) => {
  const service = await world.service(t)
  await outage(t, world, service, world.postgres.pause, world.postgres.resume)
})

t.test('a session that could not be removed during an outage is removed after it', async (t) => {
  const service = await world.service(t, { SESSION_LINGER_SECONDS: '1', ...(await world.freshDatabase()) })
  await world.poll(service, 'alice', 'wait=0')
  t.equal((await world.session(service, 'alice')).online, true)
  await world.postgres.kill()
  await service.said('sessions stay recorded here after their clients have left')
  await world.postgres.start()
  await until(async () => (await world.readiness(service)).status === 200)
  // The next heartbeat compares the sessions.
  await until(async () => !(await world.session(service, 'alice')).online)
  t.pass('the comparison at a heartbeat found it')
})
