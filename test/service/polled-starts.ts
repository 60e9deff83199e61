import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { startDelayProxy } from '../support/delay-proxy.ts'
import { spawnService } from '../support/service-process.ts'
import { type Answer, startWorld } from '../support/world.ts'

type World = Awaited<ReturnType<typeof startWorld>>

const clientCount = 5
/** The database is some milliseconds away, so that a statement may be under way at any step of the start. */
const maxDatabaseMs = 6
/** A notification that has to wait for the end of a lease, or for a dead instance to be drained, takes 19 s and more. */
const maxDeliveryMs = 10_000

/** The settings of one start, and how its queues are found. */
interface Identity {
  readonly settings: Readonly<Record<string, string>>
  /** The beginning of the names of its queues. */
  readonly prefix: string
}

const identities: Readonly<Record<'random' | 'fixed', (world: World) => Promise<Identity>>> = {
  async random() {
    const prefix = `polled-${randomUUID()}`
    return { prefix, settings: { SQS_QUEUE_NAME_PREFIX: prefix } }
  },
  async fixed({ sqs, deadLetters }) {
    const prefix = `polled-${randomUUID()}`
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 })
    const { url } = await sqs.createQueue(`${prefix}-fixed`, { RedrivePolicy })
    return { prefix, settings: { NOTIFICATION_SERVICE_CLIENT_ID: randomUUID(), SQS_QUEUE_URL: url } }
  },
}

/** Starts instances that are polled from the moment at which they listen. */
export async function polledStarts(t: Test, id: keyof typeof identities, starts: number): Promise<void> {
  const world = await startWorld(t)
  const slowest: number[] = []
  for (let n = 0; n < starts; n++) {
    await t.test(`start ${n + 1} with a ${id} id`, async (t) => {
      slowest.push(await polledStart(t, world, await identities[id](world)))
    })
  }
  const sorted = slowest.sort((a, b) => a - b).map(Math.round)
  t.comment(`the slowest delivery of each start, in milliseconds: ${sorted.join(' ')}`)
}

/** Returns how long the slowest delivery took, in milliseconds. */
async function polledStart(t: Test, world: World, { settings, prefix }: Identity): Promise<number> {
  const { sqs } = world
  const database = await world.freshDatabase()
  const DB_PORT = String(await startDelayProxy(t, { targetPort: Number(database.DB_PORT), maxMs: maxDatabaseMs }))
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const { service, polls } = await startOnPort([], async (port) => {
    const service = spawnService(t, { ...world.env, ...database, ...settings, DB_PORT, PORT: String(port) })
    const url = `http://127.0.0.1:${port}`
    const polls = Array.from({ length: clientCount }, (_, i) => pollAtOnce(world, url, `client-${i}`, stop.signal))
    await service.said('listening')
    return { service, polls }
  })
  // Sent to the queue that the first look-up names.
  const sentAt = await Promise.all(
    polls.map(async (_, i) => {
      await world.publish(service, `client-${i}`, `message ${i}`)
      return performance.now()
    }),
  )
  const arrivals = await Promise.all(polls)
  for (const { answer } of arrivals) t.match(answer.notifications, [{ deliveryCount: 1 }], 'it was received once')
  const slowest = Math.max(...arrivals.map(({ at }, i) => at - (sentAt[i] ?? 0)))
  t.ok(slowest < maxDeliveryMs, `the slowest delivery took ${Math.round(slowest)} ms`)
  t.ok(
    arrivals.some(({ refusals }) => refusals > 0),
    'some polls came before the instance had joined',
  )

  const { instanceId } = await world.health(service)
  const rows = await world.sql(t, database)`select id, dead_at from instances`
  t.match(rows, [{ id: instanceId, dead_at: null }], 'its row is the only one')
  t.equal(rows.length, 1)
  t.equal((await sqs.queues()).filter((url) => url.includes(prefix)).length, 1, 'its queue is the only one')
  t.same(service.all('this instance was taken for dead and goes on under a new id'), [])
  t.same(service.warnings, [], 'nothing was amiss')
  await until(async () => (await world.readiness(service)).status === 200)
  service.signal('SIGKILL')
  t.equal(await service.ended, 'SIGKILL', 'it ran until then')
  return slowest
}

/** Polls as soon as the port is open, and again at once after every refusal, until something comes. */
async function pollAtOnce(world: World, url: string, clientId: string, signal: AbortSignal) {
  const headers = world.bearer(clientId)
  for (let refusals = 0; ; ) {
    signal.throwIfAborted()
    const response = await fetch(`${url}/notifications?ack=next&wait=60`, { headers, signal }).catch(() => null)
    const text = (await response?.text().catch(() => '')) ?? ''
    if (response?.status === 200) return { answer: JSON.parse(text) as Answer, at: performance.now(), refusals }
    if (response?.status === 503) refusals += 1
    await pause(response === null ? 1 : 5)
  }
}
