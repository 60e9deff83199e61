import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { startWorld } from '../support/world.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const tracestate = 'vendor=1'
const trace = { traceparent, tracestate }

t.test('the trace of a publication or a callback is stored, and goes with a message that is sent on', async (t) => {
  const world = withInstancesHere(await startWorld(t))
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
  const world = withInstancesHere(await startWorld(t))
  const intake = await world.sqs.createQueue('intake')
  await world.service(t, { SQS_INTAKE_QUEUE_URL: intake.url })
  const sql = world.sql(t)
  await world.send(intake.url, 'away', 'a message for later', { traceparent })
  await until(async () => (await sql`select from pending_notifications`).length === 1)
  t.same([...(await sql`select trace from pending_notifications`)], [{ trace: traceparent }])
})
