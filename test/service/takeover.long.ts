import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startWorld, type World } from '../support/world.ts'

const atOnce = () => ({ buffered: true })
t.jobs = 3
const world = await startWorld(t)
const fixedId = 'under the same NOTIFICATION_SERVICE_CLIENT_ID, as in a rolling deploy'
const took = `another process lives ${fixedId}; it leaves, and this one goes on`
const left = `another process has started ${fixedId}; this one leaves`

/** The settings of an instance with an id and a queue of its own, as a stateful set or a single server has. */
async function fixed(name: string) {
  const redrive = { deadLetterTargetArn: world.deadLetters.arn, maxReceiveCount: 5 }
  const { url: queueUrl } = await world.sqs.createQueue(name, { RedrivePolicy: JSON.stringify(redrive) })
  const database = await world.freshDatabase()
  const id = randomUUID()
  return { id, queueUrl, env: { ...database, NOTIFICATION_SERVICE_CLIENT_ID: id, SQS_QUEUE_URL: queueUrl } }
}

/** A client as the library behaves: polls with cursors, and goes to the next instance where one refuses or is gone. */
function client(places: readonly { readonly url: string }[], clientId: string) {
  const got: string[] = []
  const stop = new AbortController()
  let place = 0
  let cursor = ''
  const ended = (async () => {
    while (!stop.signal.aborted) {
      const at = places[place % places.length] as Parameters<World['poll']>[0]
      const query = `wait=10&ack=next${cursor === '' ? '' : `&cursor=${cursor}`}`
      const answer = await world.poll(at, clientId, query, { signal: stop.signal }).catch(() => null)
      if (answer?.status === 200) {
        got.push(...answer.notifications.map(({ body }) => body))
        cursor = answer.cursor
      } else if (answer === null || answer.status === 503) {
        place += 1
        await pause(100)
      }
    }
  })()
  return {
    got,
    stop() {
      stop.abort()
      return ended
    },
  }
}

t.test(
  'a rolling deploy under a fixed id is no outage, whenever the old process gets its SIGTERM',
  atOnce(),
  async (t) => {
    const { id, queueUrl, env } = await fixed('rolling')
    const sql = world.sql(t, env)
    const places: { url: string }[] = []
    const before = await world.peer(t, env)
    places.push(before)
    const clients = ['alice', 'bob', 'carol'].map((clientId) => ({ clientId, ...client(places, clientId) }))
    await world.holds(before, 3)
    const sent = new Map<string, string[]>(clients.map(({ clientId }) => [clientId, []]))
    const asked: string[] = []
    const publishing = new AbortController()
    const published = (async () => {
      for (let i = 0; !publishing.signal.aborted; i++) {
        for (const { clientId } of clients) {
          const at = places.at(-1) as typeof before
          const session = await world.session(at, clientId)
          if (!session.online || session.instanceId !== id || session.queueUrl !== queueUrl)
            asked.push(JSON.stringify(session))
          const body = `${clientId} ${i}`
          await world.send(queueUrl, clientId, body)
          sent.get(clientId)?.push(body)
        }
        await pause(200)
      }
    })()
    await pause(500)
    const after = await world.peer(t, env)
    places.push(after)
    await after.said(took)
    before.signal('SIGTERM')
    t.equal(await before.ended, 0, 'the old process ends in order')
    await pause(1_000)
    publishing.abort()
    await published
    for (const { clientId, got } of clients) {
      const wanted = sent.get(clientId) ?? []
      await until(() => wanted.every((body) => got.includes(body)))
      t.equal(new Set(got).size, wanted.length, `${clientId} has got all, and nothing else`)
    }
    t.same(asked, [], 'every look-up found the client at the id and its queue')
    t.match(await sql`select id, dead_at from instances`, [{ id, dead_at: null }])
    t.equal((await world.health(after)).instanceId, id)
    await Promise.all(clients.map(({ stop }) => stop()))
    t.same(after.all(left), [])
    await until(async () => (await sql`select from sessions`).length === 0)
    after.signal('SIGTERM')
    t.equal(await after.ended, 0)
    t.ok((await world.sqs.queues()).includes(queueUrl), 'the queue that the settings give stays')
  },
)

t.test(
  'of two processes for good under one id the later goes on, with a line of warning at each',
  atOnce(),
  async (t) => {
    const { id, queueUrl, env } = await fixed('for-good')
    const first = await world.peer(t, env)
    const held = world.poll(first, 'alice', 'wait=60')
    await world.queueOf(first, 'alice')
    const second = await world.peer(t, env)
    t.equal((await held).status, 204, 'the held poll is answered as in any drain')
    t.equal((await world.session(second, 'alice')).queueUrl, queueUrl, 'the client is found meanwhile')
    const next = world.poll(second, 'alice', 'wait=20')
    await world.holds(second, 1)
    t.equal(await first.ended, 0, 'the earlier process ends in order')
    const sent = await world.publish(second, 'alice', 'to the later one')
    t.match((await next).notifications, [{ id: sent }])
    t.match(await world.session(second, 'alice'), { online: true, instanceId: id, queueUrl })
    const warnings = (service: typeof first) => service.warnings.map(({ msg }) => msg)
    t.same(warnings(first), [left])
    t.same(warnings(second), [took])

    const third = await world.peer(t, env)
    t.equal(await second.ended, 0)
    t.same(warnings(second), [took], 'a supervisor that starts them again and again causes one warning in each life')
    t.same(warnings(third), [took])
  },
)

t.test(
  'a process that stood still while another took over its id leaves when it wakes, and touches nothing',
  atOnce(),
  async (t) => {
    const { id, env } = await fixed('asleep')
    const sql = world.sql(t, env)
    const asleep = await world.peer(t, env)
    const held = world.poll(asleep, 'alice', 'wait=60').catch(() => null)
    await world.queueOf(asleep, 'alice')
    asleep.signal('SIGSTOP')
    await sql`update instances set heartbeat_at = now() - interval '21 seconds' where id = ${id}`
    const after = await world.peer(t, env)
    t.equal((await world.session(after, 'alice')).online, false, 'its clients are nowhere')
    t.equal((await world.poll(after, 'alice', 'wait=0')).status, 204)
    asleep.signal('SIGCONT')
    await asleep.said(left)
    t.equal((await held)?.status, 204)
    t.equal(await asleep.ended, 0)
    t.match(await world.session(after, 'alice'), { online: true, instanceId: id })
    t.match(await sql`select dead_at from instances`, [{ dead_at: null }])
  },
)
