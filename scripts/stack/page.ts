import postgresClient from 'postgres'
import { startPageServer } from '../dev-page/server/page-server.ts'
import { queuesOf } from '../dev-page/server/queues.ts'
import type { PageNeeds } from '../dev-page/server/stack-routes.ts'
import { startOnPort } from './ports.ts'
import type { Postgres } from './postgres.ts'
import { sqsClient } from './publisher.ts'
import type { Sqs } from './sqs.ts'

interface Needs extends Pick<PageNeeds, 'mode' | 'key' | 'instances' | 'vapidPublicKey'> {
  readonly sqs: Sqs
  /** Null in mode 2. */
  readonly postgres: Postgres | null
  /** Ports to prefer. */
  readonly wanted: readonly number[]
}

/** The page to try everything, beside the instances. */
export interface Page extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Returns the settings that instances need for it; pages of these other origins may call them too. */
  settings(otherOrigins: string | undefined): Record<string, string>
}

/** Starts the page on loopback. */
export async function startPage({ sqs, postgres, wanted, ...needs }: Needs): Promise<Page> {
  await using starting = new AsyncDisposableStack()
  const client = sqsClient(sqs.endpoint, sqs.region)
  starting.defer(() => client.destroy())
  const { endpoint, region, intakeQueueUrl } = sqs
  const pageNeeds: PageNeeds = {
    ...needs,
    queues: queuesOf(sqs, client),
    sqs: { endpoint, region, intakeQueueUrl },
    countStored: postgres === null ? null : counter(postgres, starting),
  }
  const server = starting.use(await startOnPort(wanted, (port) => startPageServer(port, pageNeeds)))
  const { url, port } = server
  const running = starting.move()
  return {
    url,
    port,
    settings(otherOrigins) {
      const origins = [url, `http://localhost:${port}`, ...(otherOrigins ? [otherOrigins] : [])]
      return { DEV_PAGE_URL: url, CORS_ORIGINS: origins.join(',') }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function counter(postgres: Postgres, undo: AsyncDisposableStack): () => Promise<number> {
  const { port, user, password, database } = postgres
  const sql = postgresClient({ host: '127.0.0.1', port, user, password, database, max: 1, idle_timeout: 10 })
  undo.defer(() => sql.end({ timeout: 1 }))
  return async () => {
    const [row] = await sql<[{ count: number }]>`select count(*)::int as count from pending_notifications`
    return row.count
  }
}
