import t from 'tap'
import { type Problem, startWorld } from '../support/world.ts'

// That no output of any service in any test has a token, a password or a body is looked at where services are started.
t.test(
  'a request that fails is one JSON line with its trace id, and the answer tells nothing of the cause',
  async (t) => {
    const world = await startWorld(t)
    const service = await world.service(t)
    await world.poll(service, 'known', 'wait=0')
    await world.postgres.stop()
    const headers = { ...world.bearer('publisher', { scope: 'sessions:read' }), 'trace-id': 'trace-of-the-look-up' }
    const lookUp = await world.ask(service, '/sessions/somebody', { headers })
    t.equal(lookUp.status, 503)
    t.equal(lookUp.json<Problem>().context, 'trace-of-the-look-up')
    const line = service.lines.find(({ traceId }) => traceId === 'trace-of-the-look-up')
    t.match(line, {
      level: 40,
      time: /^\d{4}-\d\d-\d\dT/,
      code: 'ERROR_DB_UNEXPECTED_ERROR',
      msg: /\w/,
      err: { message: /\w/ },
    })

    const poll = await world.poll(service, 'newcomer', 'wait=20', { headers: { 'trace-id': 'trace-of-the-poll' } })
    t.equal(poll.status, 503)
    t.ok(
      service.lines.some(({ traceId }) => traceId === 'trace-of-the-poll'),
      'a poll that fails, too',
    )
    t.equal(service.output, '', 'and nothing is written but JSON lines')
  },
)

t.test('the log can be for eyes, or silent', async (t) => {
  const world = await startWorld(t)
  const service = await world.service(t, { LOGGING_MODE: 'PRODUCTION', LOG_LEVEL: 'debug' })
  await world.poll(service, 'alice', 'wait=-1', { headers: { 'trace-id': 'trace-of-the-refusal' } })
  t.ok(
    service.lines.some(({ traceId, level }) => traceId === 'trace-of-the-refusal' && level === 20),
    'a refusal is a line for who looks closely',
  )
})
