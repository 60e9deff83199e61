import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type Answer, type Problem, startWorld } from '../support/world.ts'

/** Tests run at once, since each of them waits for processes most of the time. */
const atOnce = () => ({ buffered: true })
t.jobs = 3

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await outages()

async function outages() {
  const world = await startWorld(t)
  /** The same whose instances take no signal. */
  const here = withInstancesHere(world)
  const { callbackPath, callBack } = tasks(world)

  const instances = await Promise.all([here.peer(t), here.peer(t)])

  t.test('an instance stays in service when nginx gives up on a poll too early', atOnce(), async (t) => {
    const proxy = await startNginx(t, instances, [['proxy_read_timeout 630s;', 'proxy_read_timeout 3s;']])
    const response = await fetch(`${proxy.url}/notifications?wait=60`, { headers: world.bearer('alice') })
    t.equal(response.status, 504)
    t.equal(((await response.json()) as Problem).error, 'ERROR_INTERNAL_SERVER_ERROR')
    for (let i = 0; i < 4; i++) t.equal((await world.poll(proxy, 'bob', 'wait=0')).status, 204)
    await until(() => proxy.accesses.length >= 5)
    t.equal(proxy.accesses[0]?.upstreams.length, 2, 'nginx has tried both instances')
  })

  t.test(
    'clients of a killed instance continue at the other, and no accepted notification is lost',
    atOnce(),
    async (t) => {
      const database = await world.freshDatabase()
      const [victim, survivor] = await Promise.all([world.peer(t, database), here.peer(t, database)])
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
      for (let round = 0; round < 15; round++) {
        // Sent to the queue of the client's instance, which is the queue of the victim for some of them.
        if (round < 10) accepted.add(await world.publish(survivor, names[round] ?? '', `message ${round}`))
        const telling = names.map((name, i) => tell(name, paths[i] ?? '', `round-${round}`))
        if (round === 5) victim.signal('SIGKILL')
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
      const [victim, survivor] = await Promise.all([world.peer(t, database), here.peer(t, database)])
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
