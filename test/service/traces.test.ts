import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'
import { startWorld } from '../support/world.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const tracestate = 'vendor=1'
const trace = { traceparent, tracestate }

inEveryModeHere(t, async (t, world) => {
  const { callbackPath, call, publish } = tasks(world)
  const service = await world.service(t)

  t.test('a trace on a message, a publication or a callback changes nothing for its client', async (t) => {
    await world.poll(service, 'alice', 'wait=0')
    await world.publish(service, 'alice', 'a message', trace)
    const bodies = new Set<string>()
    const take = async () => {
      const { notifications } = await world.next(service, 'alice')
      for (const notification of notifications) {
        t.notMatch(JSON.stringify(notification), /trace/, "the trace is not the client's")
        bodies.add(notification.body)
      }
    }
    const published = await publish(service, { addressee: 'alice', body: 'a publication' }, trace)
    t.equal(published.headers.get('trace-id'), '4bf92f3577b34da6a3ce929d0e0e4736')
    await call(service, await callbackPath(service, 'alice'), 'a callback', trace)
    while (bodies.size < 3) await take()
    t.same([...bodies].sort(), ['a callback', 'a message', 'a publication'])
  })

  t.test('a malformed trace is ignored', async (t) => {
    const answer = await publish(service, { addressee: 'bob' }, { traceparent: 'nonsense', tracestate: '=' })
    t.equal(answer.status, 202)
    t.equal((await world.next(service, 'bob')).notifications.length, 1)
  })
})

t.test('the trace of a publication or a callback is stored, and goes with a message that is sent on', async (t) => {
  const world = await startWorld(t)
  const { callbackPath, call, publish } = tasks(world)
  const service = await world.service(t)
  const sql = world.sql(t)
  const path = await callbackPath(service, 'away')
  const traces = async () =>
    (await sql`select trace from pending_notifications order by created_at`).map((row) => row.trace)
  await publish(service, { addressee: 'away' })
  await publish(service, { addressee: 'away' }, trace)
  await call(service, path, 'done', trace)
  t.same(await traces(), [null, `${traceparent} ${tracestate}`, `${traceparent} ${tracestate}`])
})

t.test('a message of the intake queue keeps its trace where it is stored, also that of AWS', async (t) => {
  const world = await startWorld(t)
  const intake = await world.sqs.createQueue('intake')
  await world.service(t, { SQS_INTAKE_QUEUE_URL: intake.url })
  const sql = world.sql(t)
  await world.send(intake.url, 'away', 'a message for later', { traceparent })
  await until(async () => (await sql`select from pending_notifications`).length === 1)
  t.same([...(await sql`select trace from pending_notifications`)], [{ trace: traceparent }])
})
