import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { haproxyIsMissing, startHaproxy } from '../support/haproxy.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type Answer, type Problem, startWorld } from '../support/world.ts'
import { hangUps, heldAtAll } from './behind-proxy.ts'

if (haproxyIsMissing) t.plan(0, haproxyIsMissing)
else await behindHaproxy()

async function behindHaproxy() {
  const world = await startWorld(t)
  /** The same whose instances take no signal. */
  const here = withInstancesHere(world)
  const instances = await Promise.all([here.peer(t), here.peer(t)])
  const [first] = instances
  const { callbackPath } = tasks(world)
  const proxy = await startHaproxy(t, instances)
  const { held, holds } = heldAtAll(world, instances)

  t.test('a held poll behind HAProxy is answered as soon as there is a notification for its client', async (t) => {
    for (const turn of [0, 1, 2, 3]) {
      const polling = world.poll(proxy, 'alice', 'wait=120', { headers: { 'trace-id': `turn-${turn}` } })
      await holds(1)
      const id = await world.publish(first, 'alice', `message ${turn}`)
      const answer = await polling
      t.match(answer.json<Answer>().notifications, [{ id, body: `message ${turn}` }])
      t.equal(answer.headers.get('trace-id'), `turn-${turn}`)
    }
  })

  /** Sends exactly this path. */
  const raw = (method: string, path: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { hostname, port } = new URL(proxy.url)
      request({ hostname, port, method, path, agent: false }, async (response) => {
        resolve({ status: response.statusCode ?? 0, body: await text(response) })
      })
        .on('error', reject)
        .end()
    })

  t.test('the relay and the metrics cannot be reached from outside', async (t) => {
    const closed = ['/metrics', '/metrics?x=1', '/%6detrics', '/internal/relay', '/internal/', '/%69nternal/relay']
    const unknown = ['//metrics', '/./metrics', '/health/../metrics', '//internal/relay', '/internal%2Frelay']
    for (const path of [...closed, ...unknown]) {
      for (const method of ['GET', 'POST']) {
        const { status, body } = await raw(method, path)
        t.equal(status, 404, `${method} ${path}`)
        if (closed.includes(path)) t.match(body, '"context":"haproxy"', 'no instance got the request')
      }
    }
  })

  t.test('a client that hangs up is gone at its instance too, and gets its notification later', async (t) => {
    for (const [how, hangUp] of Object.entries(hangUps(t, world, { proxy, clientId: 'bob', holds }))) {
      await hangUp()
      await holds(0)
      const id = await world.publish(first, 'bob', `after a client that ${how}`)
      t.match((await world.next(proxy, 'bob')).notifications, [{ id }], how)
    }
  })

  t.test('events and frames pass HAProxy one by one while their stream stays open', async (t) => {
    const events = await world.events(t, proxy, 'dora', 'ack=next')
    const frames = await world.frames(t, proxy, 'emil', 'ack=next', { origin: proxy.url })
    for (const body of ['one', 'two\nlines', 'x'.repeat(100_000)]) {
      await world.publish(first, 'dora', body)
      t.equal((await events.notification()).body, body)
      await world.publish(first, 'emil', body)
      t.equal((await frames.notification()).body, body)
    }
    t.equal(await held(), 2, 'both are still open')
  })

  t.test('callbacks of the largest size pass HAProxy', async (t) => {
    const path = await callbackPath(proxy, 'frida')
    const body = 'x'.repeat(262_144)
    t.equal((await world.ask(proxy, path, { method: 'POST', body })).status, 202)
    t.equal((await world.next(proxy, 'frida')).notifications[0]?.body, body)
  })

  t.test('the paths of instances and collectors are not there, in the shape of every error', async (t) => {
    for (const path of ['/internal/relay', '/internal/', '/metrics']) {
      const response = await fetch(proxy.url + path, { method: path === '/internal/relay' ? 'POST' : 'GET' })
      t.equal(response.status, 404, path)
      t.equal(((await response.json()) as Problem).error, 'ERROR_NOT_FOUND')
    }
  })

  t.test(
    'polls of a killed instance go on at the other, and errors of HAProxy itself look like all others',
    async (t) => {
      const database = await world.freshDatabase()
      const [victim, survivor] = await Promise.all([world.peer(t, database), world.peer(t, database)])
      const proxy = await startHaproxy(t, [victim, survivor])
      const names = ['gina', 'hans', 'ida', 'jan']
      const polls = names.map((name) => world.poll(proxy, name, 'wait=120'))
      for (const name of names) await world.queueOf(survivor, name)
      victim.signal('SIGKILL')
      await victim.ended
      const { instanceId } = await world.health(survivor)
      const isAtSurvivor = async (name: string) => (await world.session(survivor, name)).instanceId === instanceId
      for (const name of names) await until(() => isAtSurvivor(name))
      for (const name of names) await world.publish(survivor, name, `for ${name}`)
      const answers = await Promise.all(polls)
      t.same(
        answers.map((answer) => answer.json<Answer>().notifications.map(({ body }) => body)),
        names.map((name) => [`for ${name}`]),
      )
      survivor.signal('SIGKILL')
      await survivor.ended
      const response = await fetch(`${proxy.url}/notifications`, { headers: world.bearer('gina') })
      t.ok([502, 503].includes(response.status), `${response.status}`)
      t.equal(response.headers.get('retry-after'), '1')
      t.equal(((await response.json()) as Problem).error, 'ERROR_INTERNAL_SERVER_ERROR')
    },
  )

  t.test('the log of HAProxy names kinds of requests and no secrets', async (t) => {
    const path = await callbackPath(proxy, 'kurt')
    await world.ask(proxy, path, { method: 'POST', body: 'done' })
    await until(() => proxy.log.includes(' POST callback 202 '))
    t.notOk(proxy.log.includes(path.slice('/callback/'.length)))
  })
}
