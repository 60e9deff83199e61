import postgres from 'postgres'
import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { keepSecret } from './leaks.ts'
import { type Databases, databaseEnv, type OwnServer, sharedPostgres, startPostgres } from './postgres.ts'
import { type Differences, openWorld } from './service-world.ts'
import { type SqsEndpoint, startSqs } from './sqs.ts'

type Owner = Pick<Test, 'teardown'>

/** Everything around the service in mode 1: a database, SQS with a dead-letter queue, an issuer. */
export async function startInstanceQueueWorld(t: Owner) {
  return startInstanceQueueWorldAt(t, await startSqs(t))
}

/** The same with an SQS that is there already. */
export async function startInstanceQueueWorldAt<Queues extends SqsEndpoint>(t: Owner, sqs: Queues) {
  const isShared = async () => {
    throw new Error('other tests use this server: start the world with a server of its own')
  }
  return openInstanceQueueWorld(t, sqs, await sharedPostgres(t), { stop: isShared, start: isShared })
}

/** The same with a PostgreSQL server that the test may stop. */
export async function startInstanceQueueWorldToStop(t: Owner) {
  const [server, sqs] = await Promise.all([startPostgres(t), startSqs(t)])
  return { ...(await openInstanceQueueWorld(t, sqs, server, server)), postgres: server }
}

async function openInstanceQueueWorld<Queues extends SqsEndpoint>(
  t: Owner,
  sqs: Queues,
  server: Databases,
  { stop, start }: Pick<OwnServer, 'stop' | 'start'>,
) {
  const database = await server.migratedDatabase()
  keepSecret(database.password)
  /** The queue of each instance, by its address. */
  const queues = new Map<string, Promise<string>>()

  /** The settings that lead to an empty database: for a test whose instances must meet no others. */
  const freshDatabase = async (): Promise<Record<string, string>> => databaseEnv(await server.migratedDatabase())

  /** A connection to the database of these settings, as an operator has. */
  function sql(t: Owner, { DB_NAME }: Readonly<Record<string, string>> = {}) {
    const { host, port, user, password } = database
    const sql = postgres({ host, port, user, password, database: DB_NAME ?? database.database, max: 1 })
    t.teardown(() => sql.end({ timeout: 1 }))
    return sql
  }

  const differences: Differences = {
    mode: 1,
    env: { ...databaseEnv(database), SQS_QUEUE_NAME_PREFIX: 'notifications' },
    peerEnv: {},
    accepted: { connected: 'live', away: 'pending' },
    store: { check: 'database', code: 'ERROR_DB_UNEXPECTED_ERROR', stop, start },
    receivingFails: 'receiving from the queue fails and is tried again',
    receivingWorks: 'receiving from the queue again',
    apart: freshDatabase,
    async queueOf(world, service, clientId) {
      let queueUrl: string | null = null
      await until(async () => {
        queueUrl = (await world.session(service, clientId)).queueUrl
        return queueUrl !== null
      })
      return queueUrl ?? ''
    },
    // As one that has looked up somebody else finds it: all clients of an instance have the same queue.
    async queueBefore(world, service) {
      const resident = `resident of ${service.url}`
      const found =
        queues.get(service.url) ?? world.poll(service, resident, 'wait=0').then(() => world.queueOf(service, resident))
      queues.set(service.url, found)
      return found
    },
    async leftNothing(t, settings, queueUrl) {
      const rows = sql(t, settings)
      if ((await rows`select from sessions`).length > 0) throw new Error('a session is left')
      if ((await rows`select from instances`).length > 0) throw new Error('the instance is left')
      if ((await sqs.queues()).includes(queueUrl ?? '')) throw new Error('its queue is left')
    },
  }
  const world = await openWorld(t, sqs, differences)
  return {
    ...world,
    database,
    freshDatabase,
    /** The settings that lead to a database that no service has migrated yet. */
    emptyDatabase: async () => databaseEnv(await server.emptyDatabase()),
    sql,
  }
}
