import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startInstanceQueueWorldToStop } from '../support/instance-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { type Entry, entries } from './pages.ts'

const original = await startInstanceQueueWorldToStop(t)
const world = withInstancesHere(original)
const sql = original.sql(t)

/** An address that nobody listens at. */
const nowhere = 'http://127.0.0.1:9'
const publisher = world.bearer('publisher', { scope: 'notifications:publish' })

type Instance = Awaited<ReturnType<typeof world.service>>

/** Publishes over HTTP; returns the status of the answer. */
async function publish({ url }: Instance, addressee: string): Promise<number> {
  const response = await fetch(`${url}/notifications`, {
    method: 'POST',
    headers: { ...publisher, 'content-type': 'application/json' },
    body: JSON.stringify({ addressee, subject: 'greeting', body: 'good morning' }),
  })
  await response.text()
  return response.status
}

/** Polls without a wait; returns the status of the answer. */
async function statusOf({ url }: Instance, headers: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(`${url}/notifications?wait=0`, { headers })
  await response.text()
  return response.status
}

/** The sum of a metric, or of the counts of a histogram, as the runbook names it: perhaps with one condition on a label. */
async function total({ url }: Instance, metric: string): Promise<number> {
  const text = await fetch(`${url}/metrics`).then((response) => response.text())
  const [, name = '', condition = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(metric) ?? []
  return text
    .split('\n')
    .filter((line) => line.startsWith('notifications_') && line.includes(condition))
    .filter((line) => [name, `${name}_count`].includes(line.replace(/[{ ].*$/, '').replace(/^notifications_/, '')))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** The symptom of an entry: the settings of the instance that shows it, and its cause. */
interface Play {
  readonly settings?: () => Promise<Readonly<Record<string, string>>>
  cause(instance: Instance, t: Test): Promise<unknown>
}

const fullDatabase = await original.freshDatabase()

const plays: Readonly<Record<string, Play>> = {
  'Notifications arrive late': {
    async cause(instance) {
      await statusOf(instance, world.bearer('alice'))
      const queueUrl = await world.queueOf(instance, 'alice')
      const sentAt = new Date(Date.now() - 60_000).toISOString()
      await world.send(queueUrl, 'alice', 'a body that is a minute old', { 'sent-at': sentAt })
      await world.next(instance, 'alice')
      await world.sqs.deleteQueue(queueUrl)
    },
  },
  'Clients get 401': {
    settings: async () => ({ COGNITO_JWK_URL: `${nowhere}/keys` }),
    async cause(instance, t) {
      t.equal(await statusOf(instance, {}), 401)
      const before = await total(instance, 'keys_fetches_total')
      await until(async () => {
        t.equal(await statusOf(instance, world.bearer('bob')), 503)
        return (await total(instance, 'keys_fetches_total')) > before
      })
    },
  },
  'Dead letters grow': {
    async cause(instance) {
      await statusOf(instance, world.bearer('carol'))
      await world.sqs.send(await world.queueOf(instance, 'carol'), 'no addressee', {})
    },
  },
  'Memory grows': {
    settings: async () => ({ MAX_LEASED_BYTES: '1048576' }),
    async cause(instance) {
      await statusOf(instance, world.bearer('dora'))
      const queueUrl = await world.queueOf(instance, 'dora')
      for (let i = 0; i < 8; i++) await world.send(queueUrl, 'an absent client', `${i} `.repeat(100_000))
    },
  },
  'An instance was taken for dead': {
    async cause(instance) {
      const { instanceId } = await world.health(instance)
      await sql`update instances set dead_at = now() where id = ${instanceId}`
    },
  },
  'A queue is left over': {
    async cause() {
      const { url } = await world.sqs.createQueue('left-over')
      await sql`
        insert into instances (id, address, queue_url, owns_queue, relay_key, dead_at)
        values (gen_random_uuid(), ${nowhere}, ${url}, true, 'key', now())`
    },
  },
  'The database is full': {
    settings: async () => fullDatabase,
    async cause(instance, t) {
      t.equal(await publish(instance, 'erin'), 202)
      const full = original.sql(t, fullDatabase)
      await full`
        create function refuse() returns trigger language plpgsql as
        'begin raise exception using errcode = ''53100'', message = ''no space left on device''; end'`
      await full`create trigger refuse before insert on pending_notifications for each row execute function refuse()`
      t.equal(await publish(instance, 'erin'), 503)
    },
  },
  'SQS fails': {
    async cause(instance) {
      await statusOf(instance, world.bearer('frank'))
      await world.sqs.deleteQueue(await world.queueOf(instance, 'frank'))
    },
  },
  'Instances do not reach each other': {
    async cause(instance, t) {
      const other = await world.service(t, { INSTANCE_ADDRESS: nowhere })
      await statusOf(other, world.bearer('grace'))
      await statusOf(instance, world.bearer('grace'))
    },
  },
  'Clients or senders get 503': {
    async cause(instance, t) {
      await original.postgres.stop()
      t.equal(await publish(instance, 'heidi'), 503)
    },
  },
}

/** Causes the symptom of an entry, and finds what the entry says that shows it. */
async function play(t: Test, { title, metrics, lines }: Entry): Promise<void> {
  const { settings, cause } = plays[title] as Play
  const instance = await world.service(t, await settings?.())
  const before = await Promise.all(metrics.map((metric) => total(instance, metric)))
  await cause(instance, t)
  t.ok(metrics.length > 0 && lines.length > 0)
  for (const [i, metric] of metrics.entries()) {
    t.ok(await until(async () => (await total(instance, metric)) > (before[i] ?? 0)), metric)
  }
  for (const line of lines) t.ok(await instance.said(line), line)
}

t.test('each entry of the runbook has a play', async (t) => {
  t.same(Object.keys(plays).sort(), entries.map(({ title }) => title).sort())
})

t.test('each symptom shows the metrics and the log lines that its entry in the runbook names', async (t) => {
  t.jobs = entries.length
  const [last] = entries.filter(({ title }) => title === 'Clients or senders get 503')
  for (const entry of entries) if (entry !== last) t.test(entry.title, (t) => play(t, entry))
})

t.test('clients or senders get 503', async (t) => {
  const entry = entries.find(({ title }) => title === 'Clients or senders get 503') as Entry
  // The instance needs the database to leave.
  t.teardown(() => original.postgres.start())
  await play(t, entry)
})
