import { connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { listenHere } from '../support/listen-here.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type Answer, startWorld } from '../support/world.ts'
import { hangUps, heldAtAll } from './behind-proxy.ts'

type Owner = Pick<Test, 'teardown'>

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await delivered()

async function delivered() {
  const world = withInstancesHere(await startWorld(t))
  const { sqs } = world
  const instances = await Promise.all([world.peer(t), world.peer(t)])
  const [first] = instances
  const { callbackPath, callBack } = tasks(world)
  /** Starts an nginx for one test, so that its choice of instances does not depend on other tests. */
  const nginx = (t: Owner) => startNginx(t, instances)
  const { held, holds } = heldAtAll(world, instances)

  t.test('a held poll behind nginx is answered as soon as there is a notification for its client', async (t) => {
    const proxy = await nginx(t)
    for (const turn of [0, 1, 2, 3]) {
      const polling = world.poll(proxy, 'alice', 'wait=120', { headers: { 'trace-id': `turn-${turn}` } })
      await holds(1)
      const id = await world.publish(first, 'alice', `message ${turn}`)
      const answer = await polling
      t.match(answer.json<Answer>().notifications, [{ id, body: `message ${turn}` }])
      t.equal(answer.headers.get('trace-id'), `turn-${turn}`)
      t.equal(answer.headers.get('cache-control'), 'no-store')
      t.equal(answer.headers.get('preference-applied'), 'wait=120')
    }
    t.equal((await world.poll(proxy, 'alice', 'wait=0')).status, 204)
    await until(async () => (await sqs.count(await world.queueOf(first, 'alice'))).all === 0)
  })

  t.test('connections to the instances are reused for other clients', async (t) => {
    const counted = await Promise.all(instances.map((instance) => countConnections(t, instance)))
    const proxy = await startNginx(t, counted, [['worker_processes auto;', 'worker_processes 1;']])
    for (let i = 0; i < 20; i++) t.equal((await world.poll(proxy, `client-${i}`, 'wait=0')).status, 204)
    t.same(
      counted.map(({ connections }) => connections),
      [1, 1],
    )
  })

  t.test(
    'a client with ack=next that nginx leads to another instance at every poll gets every notification once',
    async (t) => {
      const proxy = await nginx(t)
      const callback = await callbackPath(first, 'nomad')
      let cursor = ''
      for (let turn = 0; turn < 40; turn++) {
        const body = `for turn ${turn}`
        const waits = turn % 2 === 1
        if (waits) await callBack(first, callback, body)
        const polling = world.poll(proxy, 'nomad', `wait=60&ack=next&cursor=${cursor}`)
        if (!waits) await world.publish(first, 'nomad', body)
        const answer = (await polling).json<Answer>()
        cursor = answer.cursor
        t.same(
          answer.notifications.map(({ body }) => body),
          [body],
        )
      }
      t.equal((await world.poll(proxy, 'nomad', `wait=0&ack=next&cursor=${cursor}`)).status, 204)
      await until(() => proxy.accesses.length > 40)
      const visited = proxy.accesses.map(({ upstreams }) => upstreams.join())
      t.ok(
        visited.every((upstream, i) => upstream !== visited[i - 1]),
        visited.join(' '),
      )
    },
  )

  t.test('polls with the same token are held at the same instance, if nginx chooses by the token', async (t) => {
    const proxy = await startNginx(t, instances, [['# hash $http_authorization', 'hash $http_authorization']])
    const headers = world.bearer('tabs')
    const tabs = Array.from({ length: 4 }, () => world.poll(proxy, 'tabs', 'wait=120', { headers }))
    await holds(4)
    const id = await world.publish(first, 'tabs', 'for every tab')
    for (const tab of await Promise.all(tabs)) t.match(tab.json<Answer>().notifications, [{ id }])
    // Requests without a token are spread over the instances.
    for (let i = 0; i < 4; i++) t.equal((await world.ask(proxy, '/health')).status, 200)
    await until(() => proxy.accesses.length === 8)
    t.equal(new Set(proxy.accesses.map(({ upstreams }) => upstreams.join())).size, 2)
  })

  t.test(
    'a client that hangs up is gone at its instance too, and gets its notification at the next poll',
    async (t) => {
      const proxy = await nginx(t)
      for (const [how, hangUp] of Object.entries(hangUps(t, world, { proxy, clientId: 'bob', holds }))) {
        await hangUp()
        await holds(0)
        const id = await world.publish(first, 'bob', `after a client that ${how}`)
        t.match((await world.next(proxy, 'bob')).notifications, [{ id }], how)
      }
    },
  )

  t.test(
    'a notification with ack=next comes again after nginx took the response and its client never read it',
    async (t) => {
      const proxy = await nginx(t)
      const connection = await world.connect(t, proxy, { reads: false })
      connection.request('GET', '/notifications?wait=120&ack=next', world.bearer('carol'))
      await holds(1)
      const id = await world.publish(first, 'carol', 'lost on the way')
      await holds(0)
      connection.reset()
      const { notifications, cursor } = await world.next(proxy, 'carol', 'ack=next')
      t.match(notifications, [{ id }])
      t.equal((await world.poll(proxy, 'carol', `wait=0&ack=next&cursor=${cursor}`)).status, 204)
    },
  )

  t.test('events arrive one by one through nginx while their stream stays open', async (t) => {
    const proxy = await nginx(t)
    const events = await world.events(t, proxy, 'dora', 'ack=next')
    t.match(events.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform' })
    let cursor = ''
    for (const body of ['one', 'two\nlines', 'x'.repeat(100_000)]) {
      await world.publish(first, 'dora', body)
      const found = await events.notification()
      t.equal(found.body, body)
      cursor = found.cursor
    }
    t.match((await world.acknowledge(proxy, 'dora', { cursor })).json(), { acknowledged: 3 })
    t.equal(await held(), 1, 'the stream is still open')
  })

  t.test('frames of a WebSocket pass nginx one by one, in both directions', async (t) => {
    const proxy = await nginx(t)
    const frames = await world.frames(t, proxy, 'emil', 'ack=next', { headers: { 'trace-id': 'frames-1' } })
    t.equal(frames.headers['trace-id'], 'frames-1')
    t.equal(frames.socket.protocol, 'notifications.v1')
    const queueUrl = await world.queueOf(first, 'emil')
    for (const body of ['one', 'two']) {
      await world.publish(first, 'emil', body)
      const found = await frames.notification()
      t.equal(found.body, body)
      frames.send({ type: 'ack', cursor: found.cursor })
    }
    await until(async () => (await sqs.count(queueUrl)).all === 0)
    // Like a browser, it sends the origin of its page, which is this host with its port.
    const page = await world.frames(t, proxy, 'emil', '', { origin: proxy.url })
    page.socket.close()
    t.equal(await page.closed, 1005)
  })
}

/** Passes all bytes on to an instance, and counts the connections to it. */
async function countConnections(t: Owner, { url }: { readonly url: string }) {
  const { hostname, port } = new URL(url)
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const onward = connect(Number(port), hostname)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => {}).on('close', () => onward.destroy())
    socket.pipe(onward).pipe(socket)
  })
  return {
    url: await listenHere(t, server),
    get connections() {
      return connections
    },
  }
}
