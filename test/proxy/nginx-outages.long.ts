import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { startWorld } from '../support/world.ts'

/** Tests run at once: the silence of streams takes most of a minute, and so does a restart. */
const atOnce = () => ({ buffered: true })
t.jobs = 2

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await outages()

async function outages() {
  const world = await startWorld(t)

  t.test('streams outlive the time after which nginx closes a silent connection', atOnce(), async (t) => {
    const instances = await Promise.all([world.peer(t), world.peer(t)])
    // Half of the default of nginx: signs of life come every 15 s.
    const proxy = await startNginx(t, instances, [['proxy_read_timeout 630s;', 'proxy_read_timeout 30s;']])
    const events = await world.events(t, proxy, 'reader')
    const frames = await world.frames(t, proxy, 'socket')
    // Three signs of life take 45 s, in which nothing else is sent.
    for (let signs = 0; signs < 3; signs++) {
      t.equal((await events.any()).event, 'comment')
      t.same(await frames.next(), { type: 'ping' })
    }
    const ids = [
      await world.publish(instances[0], 'reader', 'after a long silence'),
      await world.publish(instances[0], 'socket', 'after a long silence'),
    ]
    t.same([(await events.notification()).id, (await frames.notification()).id], ids)
  })

  t.test('clients see no error while the instances are restarted one after the other', atOnce(), async (t) => {
    const database = await world.freshDatabase()
    const addresses = await Promise.all([world.peer(t, database), world.peer(t, database)])
    const proxy = await startNginx(t, addresses)
    const statuses = new Set<number>()
    let ended = false
    /** Polls for long, so that each poll is ended by a shutdown and the client polls again at once. */
    const polling = Array.from({ length: 20 }, async (_, i) => {
      while (!ended) statuses.add((await world.poll(proxy, `client-${i}`, 'wait=120')).status)
    })
    const newcomers = (async () => {
      for (let i = 0; !ended; i++) statuses.add((await world.poll(proxy, `newcomer-${i}`, 'wait=0.2')).status)
    })()
    const left: Promise<unknown>[] = []
    for (const instance of addresses) {
      await until(async () => (await world.health(instance)).heldPolls > 0)
      instance.signal('SIGTERM')
      left.push(instance.ended)
      // The instance shuts down for a while, with its port free.
      await until(() => refuses(instance))
      const { port, hostname } = new URL(instance.url)
      const again = { PORT: port, HOST: hostname, INSTANCE_ADDRESS: instance.url }
      const successor = await world.service(t, { ...database, ...again })
      await until(async () => (await world.health(successor)).heldPolls > 0)
    }
    ended = true
    // A message for each client, to its present instance.
    for (let i = 0; i < polling.length; i++) await world.publish(proxy, `client-${i}`, `the end for ${i}`)
    await Promise.all([...polling, newcomers])
    t.same([...statuses].sort(), [200, 204])
    t.same(await Promise.all(left), [0, 0])
    t.ok(
      proxy.accesses.some(({ upstreams }) => upstreams.length > 1),
      'nginx has tried another instance for some requests',
    )
  })
}

/** An address where no server listens. */
async function refuses({ url }: { readonly url: string }): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}
