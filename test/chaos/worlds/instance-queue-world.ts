import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../scripts/stack/until.ts'
import { openPool, type Pool } from '../../../src/adapters/postgres/pool.ts'
import { databaseEnv, startPostgres } from '../../support/postgres.ts'
import { databaseFaults } from '../faults/database-faults.ts'
import { callbackPublisher } from '../publishing/callback-publisher.ts'
import { httpPublisher } from '../publishing/http-publisher.ts'
import { intakePublisher } from '../publishing/intake-publisher.ts'
import { sessionPublisher } from '../publishing/session-publisher.ts'
import type { Ground, Remainder, StoredReceipt, World } from './world.ts'

/** A heartbeat may have to correct what the end of a session has missed. */
const correctionMs = 25_000

/** Between two looks for devices and events that rest. */
const restedMs = 500

/** How long a database may be down before the run goes on without the hurry. */
const ageWithinMs = 20_000

/** Mode 1: a database, and a queue for every instance. */
export async function instanceQueueWorld(ground: Ground): Promise<World> {
  const { undo, sqs, ledger, urls, tokens, publisherToken, timing, hurried } = ground
  const { receipts } = ledger
  const server = undo.use(await startPostgres())
  const database = await server.emptyDatabase()
  const pool = openPool({ ...database, max: 4, log: { info() {}, warn() {} } })
  undo.defer(() => pool.close())
  const awake = new AbortController()
  const resting = hurried ? neverRest(pool, awake.signal) : null
  undo.defer(async () => {
    awake.abort()
    await resting
  })
  return {
    settings: { NOTIFICATION_SERVICE_MODE: '1', SQS_QUEUE_NAME_PREFIX: 'chaos', ...databaseEnv(database) },
    publishers: [
      sessionPublisher({ sqs, database: pool, urls, token: publisherToken }),
      httpPublisher({ urls, token: publisherToken, receipts }),
      callbackPublisher({ urls, tokens, maxUses: 1, receipts }),
      intakePublisher({ client: sqs.client, queueUrl: sqs.intakeQueueUrl, weight: 4.5 }),
    ],
    faults: databaseFaults({ server, ledger }),
    async onKilled(url) {
      if (hurried) await age(pool, url)
    },
    async waiting() {
      const rows = await pool.query(
        (sql) => sql<{ id: string }[]>`select coalesce(correlation_id, given_id) as id from pending_notifications`,
      )
      return new Set(rows.map(({ id }) => id))
    },
    receipts: () => storedReceipts(pool),
    async afterClients(signal) {
      const withinMs = timing.lingerSeconds * 1_000 + correctionMs
      await until(async () => (await sessions(pool).catch(() => null)) === 0, { withinMs, everyMs: 100, signal })
      const count = await sessions(pool)
      return [{ name: 'sessions left', count, remark: 'after everybody has left', allowed: false }]
    },
    async afterInstances() {
      const rows = await pool.query(
        (sql) => sql<{ queueUrl: string; lives: boolean }[]>`
          select queue_url as "queueUrl", dead_at is null as lives from instances`,
      )
      const live = rows.filter(({ lives }) => lives).length
      const queues = await sqs.queues()
      const known = queues.filter((url) => rows.some(({ queueUrl }) => queueUrl === url)).length
      const forgotten = queues.length - known
      const remains = (name: string, count: number, remark: string, allowed: boolean): Remainder => {
        return { name, count, remark, allowed }
      }
      return [
        remains('live rows left', live, 'of instances that do not run', false),
        remains('queues left', known, 'of instances that died, for the next one to drain', true),
        remains('queues forgotten', forgotten, 'made by processes that died before they were on the list', true),
      ]
    },
  }
}

async function storedReceipts(pool: Pool): Promise<StoredReceipt[]> {
  return await pool.query(
    (sql) => sql<StoredReceipt[]>`
      select client_id as addressee, notification_id as id, state, acknowledged_by as by, send_at is not null as "isUnsent"
      from receipts`,
  )
}

async function sessions(pool: Pool): Promise<number> {
  const [row] = await pool.query((sql) => sql<{ count: number }[]>`select count(*)::int as count from sessions`)
  return row?.count ?? 0
}

/** Lets devices be woken again at once, and those that an instance was waking when it ended; and events be sent again. */
async function neverRest(pool: Pool, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(restedMs, undefined, { signal }).catch(() => {})
    // The table is made by the first instance, and the database may be down.
    await pool
      .query((sql) => sql`update wake_ups set rest_until = now(), due_at = now() where due_at > now()`)
      .catch(() => {})
    await pool.query((sql) => sql`update receipts set send_at = now() where send_at > now()`).catch(() => {})
  }
}

/** Makes an instance that is heard of no more look silent for longer than a fence waits; the database may be down. */
async function age(pool: Pool, url: string): Promise<void> {
  const aging = () =>
    pool.query((sql) => sql`update instances set heartbeat_at = now() - interval '1 minute' where address = ${url}`)
  const isAged = () =>
    aging().then(
      () => true,
      () => false,
    )
  await until(isAged, { withinMs: ageWithinMs, everyMs: 100 })
}
