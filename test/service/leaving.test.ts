import t, { type Test } from 'tap'
import { startFreezingProxy } from '../support/freezing-proxy.ts'
import { inEveryMode } from '../support/modes.ts'
import { type ServiceProcess, spawnService } from '../support/service-process.ts'

/** SIGTERM waits for the last receive, up to 20 s, so all tests run at the same time. */
const atOnce = () => ({ buffered: true })

/** Sends the signal. Returns how the process ended. */
function leave(service: ServiceProcess, signal: NodeJS.Signals = 'SIGTERM') {
  service.signal(signal)
  return service.ended
}

/** Sends SIGTERM. Returns how the process ended, or that it runs on after so many seconds. */
function leaveWithin(t: Pick<Test, 'teardown'>, service: ServiceProcess, seconds: number) {
  const late = new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`still running after ${seconds} s`), seconds * 1_000)
    t.teardown(() => clearTimeout(timer))
  })
  return Promise.race([leave(service), late])
}

inEveryMode(t, async (t, world) => {
  t.jobs = 8

  t.test('an instance leaves in order at a signal right after its start', atOnce(), async (t) => {
    const service = spawnService(t, { ...world.env, ...(await world.apart()) })
    await service.said('listening')
    t.equal(await leave(service), 0)
  })

  t.test('connections without a complete request do not keep an instance from leaving', atOnce(), async (t) => {
    const service = await world.service(t, await world.apart())
    const [, half, slow] = await Promise.all([1, 2, 3].map(() => world.connect(t, service)))
    half?.write('GET /health HTTP/1.1\r\nHost: ')
    const headers = { ...world.bearer('eve'), 'content-type': 'application/json', 'content-length': '100' }
    slow?.request('POST', '/notifications/ack', headers)
    slow?.write('{"cursor":')
    await world.holds(service, 0)
    t.equal(await leaveWithin(t, service, 30), 0)
  })

  t.test('a client that does not read does not keep an instance from leaving', atOnce(), async (t) => {
    const service = await world.service(t, await world.apart())
    const connection = await world.connect(t, service, { reads: false })
    for (let i = 0; i < 400; i++) connection.request('GET', '/openapi.yaml')
    await world.holds(service, 0)
    t.equal(await leaveWithin(t, service, 30), 0)
  })

  t.test('an SQS that never answers does not keep an instance from leaving', atOnce(), async (t) => {
    const sqs = await startFreezingProxy(t, { targetUrl: world.env.AWS_ENDPOINT_URL_SQS ?? '' })
    const service = await world.service(t, { ...(await world.apart()), AWS_ENDPOINT_URL_SQS: sqs.url })
    const polling = world.poll(service, 'frank', 'wait=60&ack=next')
    const queueUrl = await world.queueOf(service, 'frank')
    await world.send(queueUrl, 'frank', 'handed over')
    t.equal((await polling).status, 200)
    // It is given back at the end of the drain.
    await world.send(queueUrl, 'frank', 'for the next poll')
    const held = world.poll(service, 'grace', 'wait=60')
    await world.holds(service, 1)
    sqs.freeze()
    // It promises 30 s, and a busy machine is late: without bounds it takes a minute.
    const left = leaveWithin(t, service, 45)
    t.equal((await held).status, 204)
    t.equal(await left, 0)
  })

  t.test('a second signal ends the instance at once', atOnce(), async (t) => {
    const service = await world.service(t, { ...(await world.apart()), DRAIN_SPREAD_SECONDS: '20' })
    // Ten polls are not all released in the first seconds of twenty.
    const held = Array.from({ length: 10 }, () => world.poll(service, 'alice', 'wait=120').catch(() => null))
    await world.holds(service, held.length)
    service.signal('SIGTERM')
    await service.said('shutting down: clients are sent to other instances')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    t.equal(await leave(service), 1)
    const answers = await Promise.all(held)
    t.ok(answers.includes(null), 'the drain was cut short')
  })

  t.test('Ctrl-C that arrives twice within a second counts once', atOnce(), async (t) => {
    const service = await world.service(t, await world.apart())
    service.signal('SIGINT')
    t.equal(await leave(service, 'SIGINT'), 0)
    t.equal(service.all('a second signal came: the process ends without shutting down').length, 0)
  })
})
