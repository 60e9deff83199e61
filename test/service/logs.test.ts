import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryMode, modesToStop } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'
import type { Problem } from '../support/world.ts'

// The function that starts services checks that their output has no token, password or body, in every test.
inEveryMode(
  t,
  async (t, world) => {
    const service = await world.service(t, { LOG_LEVEL: 'debug' })

    t.test('a refusal is logged at the level debug', async (t) => {
      await world.poll(service, 'alice', 'wait=-1', { headers: { 'trace-id': 'trace-of-the-refusal' } })
      // The line comes through a pipe of its own, and may come after the response.
      const lines = () => service.lines.filter(({ traceId }) => traceId === 'trace-of-the-refusal')
      await until(() => lines().length === 2)
      t.match(lines(), [{ level: 20 }, { level: 30, msg: 'request ended' }])
    })

    t.test(
      'a failed request is logged as one JSON line with its trace id, and its response has no cause',
      async (t) => {
        await world.store.stop()
        const refused = await tasks(world).publish(
          service,
          { addressee: 'bob' },
          { 'trace-id': 'trace-of-the-failure' },
        )
        t.equal(refused.status, 503)
        t.match(refused.headers.get('retry-after'), /^\d+$/)
        const { error, message, context } = refused.json<Problem>()
        t.same([error, context], [world.store.code, 'trace-of-the-failure'])
        t.notMatch(message, /127|refused by|ECONN/)
        const lines = () => service.lines.filter(({ traceId }) => traceId === 'trace-of-the-failure')
        await until(() => lines().length === 2)
        t.match(lines(), [
          { level: 40, time: /^\d{4}-\d\d-\d\dT/, code: world.store.code, msg: /\w/, err: { message: /\w/ } },
          { level: 30, msg: 'request ended', status: 503, code: world.store.code },
        ])
        t.equal(service.output, '', 'the output has only JSON lines')
        await world.store.start()
      },
    )
  },
  modesToStop,
)
