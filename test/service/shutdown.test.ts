import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryMode } from '../support/modes.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import type { Health, Problem } from '../support/world.ts'

/** The number of held polls: enough to see that they are released one after the other. */
const crowd = 40

/** SIGTERM waits for the last receive, up to 20 s, so all tests run at the same time. */
const atOnce = () => ({ buffered: true })

/** Sends the signal. Returns how the process ended, and after how many seconds. */
async function leave(service: ServiceProcess, signal: NodeJS.Signals = 'SIGTERM') {
  const startedAt = performance.now()
  service.signal(signal)
  const how = await service.ended
  return { how, seconds: (performance.now() - startedAt) / 1000 }
}

inEveryMode(t, async (t, world) => {
  t.jobs = 8

  t.test('SIGTERM answers every held poll, refuses new ones, and leaves nothing behind', atOnce(), async (t) => {
    const settings = await world.apart()
    const service = await world.service(t, settings)
    const held = Array.from({ length: crowd }, (_, i) => world.poll(service, `client-${i}`, 'wait=120'))
    // Held, and recorded in the sessions.
    for (let i = 0; i < crowd; i++) await world.queueOf(service, `client-${i}`)
    const queueUrl = await world.queueOf(service, 'client-0')
    const leaving = leave(service)
    await service.said('shutting down: clients are sent to other instances')

    const health = await world.ask(service, '/health')
    t.equal(health.status, 503)
    t.match(health.json<Health & Problem>(), { status: 'draining', error: 'ERROR_DRAINING' })
    t.equal((await world.ask(service, '/health/ready')).status, 503)
    t.equal((await world.ask(service, '/health/live')).status, 200, 'the instance is alive')
    const refused = await world.poll(service, 'newcomer', 'wait=20')
    t.equal(refused.status, 503)
    t.equal(refused.json<Problem>().error, 'ERROR_DRAINING')
    t.match(refused.headers.get('retry-after'), /^\d+$/)
    t.equal(refused.headers.get('connection'), 'close')

    const answers = await Promise.all(held)
    t.ok(
      answers.every(({ status, text }) => status === 204 && text === ''),
      'every poll gets a complete response',
    )
    t.ok(
      answers.every(({ headers }) => headers.get('connection') === 'close'),
      'every response closes its connection',
    )
    const { how, seconds } = await leaving
    t.equal(how, 0)
    t.ok(seconds < 30, `it took ${seconds} s`)
    await world.leftNothing(t, settings, queueUrl)
    t.equal(service.output, '')
    t.same(
      service.lines.filter(({ level }) => level >= 50),
      [],
      'nothing went wrong',
    )
  })

  t.test(
    'clients that poll at the very moment of SIGTERM are answered, and nothing is left behind',
    atOnce(),
    async (t) => {
      const settings = await world.apart()
      const service = await world.service(t, settings)
      const ends: Promise<number>[] = []
      // New clients come all the time, so that some are being recorded at any moment.
      const stream = setInterval(() => {
        const end = world.poll(service, `client-${ends.length}`, 'wait=120')
        ends.push(
          end.then(
            ({ status }) => status,
            () => 0,
          ),
        )
      }, 20)
      t.teardown(() => clearInterval(stream))
      await until(async () => (await world.health(service)).heldPolls > 20)
      const left = leave(service)
      await service.said('shutting down: clients are sent to other instances')
      clearInterval(stream)
      const { how } = await left
      const statuses = await Promise.all(ends)
      // A connection is refused (0) when the listener is closed.
      t.ok(
        statuses.every((status) => [204, 503, 0].includes(status)),
        [...new Set(statuses)].join(),
      )
      t.equal(how, 0)
      t.same(
        service.all('this instance was taken for dead and goes on under a new id'),
        [],
        'the instance does not continue under a new id',
      )
      await world.leftNothing(t, settings)
    },
  )
})
