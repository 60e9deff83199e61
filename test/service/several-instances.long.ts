import { request } from 'node:http'
import t from 'tap'
import { familyOf, isRunning } from '../../scripts/stack/processes.ts'
import { until } from '../../scripts/stack/until.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { type Health, startWorld } from '../support/world.ts'

const settings = { INSTANCES: '2', DRAIN_SPREAD_SECONDS: '0' }
/** Leaving waits for the last receive, up to 20 s, so all tests run at the same time. */
const atOnce = () => ({ buffered: true })

/** Asks over a connection of its own, which the kernel gives to any of the instances. */
function ask(port: number, path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.on('error', reject).end()
  })
}

async function idAt(port: number): Promise<string> {
  return (JSON.parse((await ask(port, '/health')).text) as Health).instanceId
}

/** Waits until all instances serve. Returns the lines in which they say where they listen. */
async function started(service: ServiceProcess) {
  await service.said('all instances serve')
  return service.all('listening').map((line) => ({
    instance: line.instance as number,
    instanceId: line.instanceId as string,
    port: line.port as number,
    ownPort: line.ownPort as number,
  }))
}

const childrenOf = ({ pid }: ServiceProcess) => familyOf(pid).filter((one) => one !== pid)
const allEnded = (pids: readonly number[]) => until(() => !pids.some(isRunning), { withinMs: 60_000 })

t.test('INSTANCES above 1', { skip: process.platform === 'linux' ? false : 'only Linux shares a port' }, async (t) => {
  t.jobs = 4
  const world = await startWorld(t)
  const start = async (more: Record<string, string> = {}) => {
    const service = await world.service(t, { ...settings, ...(await world.apart()), ...more })
    return { service, instances: await started(service) }
  }

  t.test('instances share one port, are reached each at its own, and leave together', atOnce(), async (t) => {
    const apart = await world.apart()
    const { service, instances } = await start({ ...apart, PUBLIC_URL: '' })
    t.same(new Set(instances.map(({ instance }) => instance)), new Set([1, 2]))
    const [one, other] = instances
    if (one === undefined || other === undefined) throw new Error('an instance is missing')
    t.equal(one.port, other.port)
    for (const { ownPort, instanceId } of instances) t.equal(await idAt(ownPort), instanceId)
    const seen = new Set<string>()
    await until(async () => seen.add(await idAt(one.port)).size === 2)
    t.same(seen, new Set([one.instanceId, other.instanceId]), 'the kernel gives connections to both')
    const ready = await ask(one.port, '/health/ready')
    t.equal(ready.status, 200)
    t.match(JSON.parse(ready.text), { checks: { instances: 'ok', database: 'ok', queue: 'ok' } })
    const rows = await world.sql(t, apart)`select address, queue_url from instances`
    t.equal(new Set(rows.map(({ queue_url }) => queue_url)).size, 2, 'each has its queue')
    t.same(
      new Set(rows.map(({ address }) => address)),
      new Set(instances.map(({ ownPort }) => `http://127.0.0.1:${ownPort}`)),
      'peers reach each at its own port',
    )

    const at = ({ ownPort }: { ownPort: number }) => ({ url: `http://127.0.0.1:${ownPort}` })
    const held = [one, other].map((instance, i) => world.poll(at(instance), `client-${i}`, 'wait=120'))
    for (const i of [0, 1]) await world.publish(at(one), `client-${i}`, `hello ${i}`)
    for (const [i, { notifications }] of (await Promise.all(held)).entries()) {
      t.match(notifications, [{ addressee: `client-${i}`, body: `hello ${i}` }])
    }
    const registration = await world.ask(at(other), '/registrations', {
      method: 'POST',
      headers: { ...world.bearer('client-1'), 'content-type': 'application/json' },
      body: '{}',
    })
    t.match(registration.json<{ callbackUrl: string }>().callbackUrl, `http://127.0.0.1:${one.port}/callback/`)

    const children = childrenOf(service)
    t.equal(children.length, 2)
    service.signal('SIGTERM')
    t.equal(await service.ended, 0)
    t.notOk(children.some(isRunning))
    await world.leftNothing(t, apart)
    t.same(
      service.lines.filter(({ level }) => level >= 50),
      [],
    )
    for (const line of service.all('shut down')) t.match(line, { instance: Number, instanceId: String })
    t.equal(service.all('shut down').length, 2)
    t.equal(service.output, '')
  })

  t.test('when one instance is killed, the others shut down and the exit code tells it', atOnce(), async (t) => {
    const { service, instances } = await start()
    const port = String(instances[0]?.port)
    const second = await world.service(t, { ...settings, PORT: port }).catch((error: Error) => error)
    t.match(second, /EADDRINUSE/, 'a second service cannot slip in at the same port')
    const children = childrenOf(service)
    process.kill(children[0] ?? 0, 'SIGKILL')
    const line = await service.said('an instance has ended: the others shut down, to be replaced together')
    t.match(line, { level: 60, signal: 'SIGKILL' })
    t.equal(await service.ended, 1)
    t.equal(service.all('shut down').length, 1)
    t.notOk(children.some(isRunning))
  })

  t.test('a second signal ends all instances at once', atOnce(), async (t) => {
    const { service } = await start()
    const children = childrenOf(service)
    service.signal('SIGINT')
    await service.said('shutting down: all instances are told')
    // A second signal within a second is the same Ctrl-C.
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    service.signal('SIGINT')
    t.equal(await service.ended, 1)
    t.equal(service.all('a second signal came: all instances end without shutting down').length, 1)
    await allEnded(children)
    t.pass('no instance is left')
  })

  t.test('instances whose parent is killed shut down by themselves', atOnce(), async (t) => {
    const apart = await world.apart()
    const { service } = await start(apart)
    const children = childrenOf(service)
    service.signal('SIGKILL')
    await service.ended
    await allEnded(children)
    await world.leftNothing(t, apart)
    t.equal(service.all('shut down').length, 2)
  })
})
