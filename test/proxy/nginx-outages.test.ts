import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { tasks } from '../support/tasks.ts'
import { type Answer, type Problem, startWorld } from '../support/world.ts'

/**
 * Tests run at once: an instance that shuts down waits up to 20 s for its last receive, and idle streams take longer.
 */
const atOnce = () => ({ buffered: true })
t.jobs = 8

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await outages()

async function outages() {
  const world = await startWorld(t)
  const { callbackPath, callBack } = tasks(world)

  const instances = await Promise.all([world.peer(t), world.peer(t)])

  t.test('an instance stays in service when nginx gives up on a poll too early', atOnce(), async (t) => {
    const proxy = await startNginx(t, instances, [['proxy_read_timeout 630s;', 'proxy_read_timeout 1s;']])
    const response = await fetch(`${proxy.url}/notifications?wait=60`, { headers: world.bearer('alice') })
    t.equal(response.status, 504)
    t.equal(((await response.json()) as Problem).error, 'ERROR_INTERNAL_SERVER_ERROR')
    for (let i = 0; i < 4; i++) t.equal((await world.poll(proxy, 'bob', 'wait=0')).status, 204)
    await until(() => proxy.accesses.length === 5)
    t.equal(proxy.accesses[0]?.upstreams.length, 2, 'nginx has tried both instances')
  })

  t.test('streams outlive the time after which nginx closes a silent connection', atOnce(), async (t) => {
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

  t.test(
    'clients of a killed instance continue at the other, and no accepted notification is lost',
    atOnce(),
    async (t) => {
      const database = await world.freshDatabase()
      const [victim, survivor] = await Promise.all([world.peer(t, database), world.peer(t, database)])
      const proxy = await startNginx(t, [victim, survivor])
      const names = Array.from({ length: 10 }, (_, i) => `client-${i}`)
      const accepted = new Set<string>()
      const got = new Set<string>()
      const isComplete = () => [...accepted].every((id) => got.has(id))
      let sending = true
      const clients = names.map(async (name) => {
        for (let cursor = ''; sending || !isComplete(); ) {
          const answer = await world.poll(proxy, name, `wait=2&ack=next&cursor=${cursor}`)
          if (answer.status !== 200) continue
          const { notifications, cursor: next } = answer.json<Answer>()
          for (const { id } of notifications) got.add(id)
          cursor = next
        }
      })
      const paths = await Promise.all(names.map((name) => callbackPath(proxy, name)))
      let repeats = 0
      /** Calls like a careful task, which repeats a call with its key until it is answered with 202. */
      async function tell(name: string, path: string, key: string) {
        for (;;) {
          const headers = { 'idempotency-key': key }
          const response = await fetch(proxy.url + path, { method: 'POST', body: `${key} for ${name}`, headers })
          const text = await response.text()
          if (response.status === 202) return void accepted.add((JSON.parse(text) as { id: string }).id)
          repeats += 1
          t.equal(response.status, 502, text)
          t.match(JSON.parse(text), { error: 'ERROR_INTERNAL_SERVER_ERROR', context: response.headers.get('trace-id') })
          t.equal(response.headers.get('retry-after'), '1')
        }
      }
      const { instanceId } = await world.health(victim)
      for (let round = 0; round < 30; round++) {
        // Sent to the queue of the client's instance, which is the queue of the victim for some of them.
        if (round < 10) accepted.add(await world.publish(survivor, names[round] ?? '', `message ${round}`))
        const telling = names.map((name, i) => tell(name, paths[i] ?? '', `round-${round}`))
        if (round === 10) victim.signal('SIGKILL')
        await Promise.all(telling)
      }
      await world.sql(t, database)`
      update instances set heartbeat_at = now() - interval '21 seconds' where id = ${instanceId}`
      sending = false
      await Promise.all(clients)
      t.ok(isComplete(), `${accepted.size} were accepted, and ${repeats} repeated`)
    },
  )

  t.test(
    'nginx repeats a poll at another instance when its instance dies, but does not repeat a POST',
    atOnce(),
    async (t) => {
      const database = await world.freshDatabase()
      const [victim, survivor] = await Promise.all([world.peer(t, database), world.peer(t, database)])
      const proxy = await startNginx(t, [victim, survivor])
      const path = await callbackPath(survivor, 'alice')
      // A stopped instance accepts connections and requests, and answers none.
      victim.signal('SIGSTOP')
      const posts = [1, 2].map(async (n) => {
        const response = await fetch(proxy.url + path, { method: 'POST', body: `post ${n}` })
        return { status: response.status, text: await response.text() }
      })
      const stored = await Promise.race(posts)
      t.equal(stored.status, 202)
      const polls = ['bob', 'carol'].map((name) => world.poll(proxy, name, 'wait=120'))
      await world.holds(survivor, 1)
      victim.signal('SIGKILL')
      await victim.ended
      await world.holds(survivor, 2)
      for (const name of ['bob', 'carol']) await callBack(survivor, await callbackPath(survivor, name), `for ${name}`)
      const answers = await Promise.all(polls)
      t.same(
        answers.map((answer) => answer.json<Answer>().notifications.map(({ body }) => body)),
        [['for bob'], ['for carol']],
      )
      const broken = (await Promise.all(posts)).find(({ status }) => status !== 202)
      t.equal(broken?.status, 502)
      t.match(broken?.text, /^\{"error":"ERROR_INTERNAL_SERVER_ERROR"/)
      t.equal((await world.next(survivor, 'alice')).notifications.length, 1, 'the other POST was not stored')
    },
  )
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
