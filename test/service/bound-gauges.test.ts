import { readFile } from 'node:fs/promises'
import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'

/** Gauges that show how an instance does, and stand for no bound. */
const unbounded = /^notifications_(mailboxes|sessions|sqs_.+|database_.+|stored.*|keys_.+)$/

const text = await readFile(new URL('../../SECURITY.md', import.meta.url), 'utf8')
/** The rows of the table of bounds that name metrics. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`notifications_'))
  .map((line) => ({
    mode: Number(/^\|[^|]*\(mode (\d)\)/.exec(line)?.[1] ?? Number.NaN),
    metrics: [...line.matchAll(/`(notifications_\w+)`/g)].map(([, name = '']) => name),
  }))

inEveryModeHere(t, async (t, world) => {
  const service = await world.service(t)
  const { mode } = (await world.ask(service, '/health')).json<{ mode: number }>()

  t.test(
    'each bound of the instance that SECURITY.md lists has its metric, and each such metric its bound',
    async (t) => {
      const listed = rows.filter((row) => Number.isNaN(row.mode) || row.mode === mode).flatMap(({ metrics }) => metrics)
      const metrics = (await world.ask(service, '/metrics')).text
      const named = (type: string) =>
        [...metrics.matchAll(new RegExp(`^# TYPE (notifications_\\w+) ${type}$`, 'gm'))].map(([, name = '']) => name)
      t.ok(listed.length >= 10)
      const [totals, gauges] = [listed.filter((name) => name.endsWith('_total')), named('gauge')]
      t.same(
        gauges.filter((name) => !unbounded.test(name)).sort(),
        listed.filter((name) => !totals.includes(name)).sort(),
      )
      t.same(
        totals.filter((name) => !named('counter').includes(name)),
        [],
      )
    },
  )

  t.test('the gauges show what there is at the moment', async (t) => {
    const poll = world.poll(service, 'alice', 'wait=60')
    await world.holds(service, 1)
    // The poll, and the request for the metrics itself.
    t.equal(await world.metric(service, 'requests_in_flight'), 2)
    t.ok((await world.metric(service, 'connections')) >= 2)
    for (const idle of [
      'unsent_bytes',
      'arriving_body_bytes',
      'handled_body_bytes',
      'overloaded',
      'dropped_log_lines_total',
      'waiting_spans',
    ]) {
      t.equal(await world.metric(service, idle), 0, idle)
    }
    await world.send(await world.queueOf(service, 'alice'), 'alice', 'the end')
    t.equal((await poll).status, 200)
  })
})
