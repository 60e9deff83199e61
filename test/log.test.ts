import { Writable } from 'node:stream'
import t from 'tap'
import { openLog } from '../src/log.ts'

/** Opens a log, and collects its lines. */
function open(settings: Partial<Parameters<typeof openLog>[0]> = {}, now = () => 0) {
  let written = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      written += chunk
      done()
    },
  })
  const log = openLog({ LOGGING_MODE: 'PRODUCTION', LOG_LEVEL: null, ...settings }, out, { now })
  const lines = () =>
    written
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { log, lines }
}

t.test('a log line is JSON with the time, the level, the sentence and its fields', async (t) => {
  const { log, lines } = open()
  log.warn({ messageId: 'm-1' }, 'message is invalid')
  const [line] = lines()
  t.match(line, { level: 40, messageId: 'm-1', msg: 'message is invalid', time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ })
  t.same(Object.keys(line ?? {}).sort(), ['level', 'messageId', 'msg', 'time'], 'no name of the host')
})

t.test(
  'an error is logged with its name, code, message, stack and causes, and without its other properties',
  async (t) => {
    const { log, lines } = open()
    const cause = Object.assign(new Error('refused by the server'), {
      code: 'ECONNREFUSED',
      config: { password: 'secret' },
    })
    const err = Object.assign(new TypeError('no answer', { cause }), { request: { authorization: 'Bearer secret' } })
    log.error({ err }, 'failed')
    log.error({ err: 'a mere text' }, 'failed')
    const [line, text] = lines()
    t.match(line?.err, {
      name: 'TypeError',
      message: 'no answer',
      stack: /log\.test\.ts/,
      cause: { name: 'Error', code: 'ECONNREFUSED', message: 'refused by the server' },
    })
    t.notMatch(JSON.stringify(line), /secret/)
    t.match(text?.err, { message: 'a mere text' })
  },
)

t.test('an error that is its own cause can be logged', async (t) => {
  const { log, lines } = open()
  const err = new Error('round and round')
  err.cause = err
  log.error({ err }, 'failed')
  t.equal(lines().length, 1)
})

t.test('the level is LOG_LEVEL, or else error in tests and info otherwise', async (t) => {
  const levels = (settings: Parameters<typeof open>[0]) => {
    const { log, lines } = open(settings)
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]({}, level)
    return lines().map(({ msg }) => msg)
  }
  t.same(levels({}), ['info', 'warn', 'error', 'fatal'])
  t.same(levels({ LOGGING_MODE: 'TEST' }), ['error', 'fatal'])
  t.same(levels({ LOGGING_MODE: 'TEST', LOG_LEVEL: 'warn' }), ['warn', 'error', 'fatal'])
  t.equal(levels({ LOG_LEVEL: 'trace' }).length, 6)
})
