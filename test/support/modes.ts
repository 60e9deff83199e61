import type { Test } from 'tap'
import { clientQueueUrl } from '../../src/adapters/sqs/queue-name.ts'
import { startIssuer } from './issuer.ts'
import { databaseEnv, startPostgres } from './postgres.ts'
import { type ServiceProcess, spawnService } from './service-process.ts'
import { type SqsEndpoint, startSqs, until } from './sqs.ts'

type Owner = Pick<Test, 'teardown'>
type At = Pick<ServiceProcess, 'url'>

/** What a poll answers with 200. */
export interface Answer {
  readonly notifications: readonly {
    readonly id: string
    readonly addressee: string
    readonly body: string
    readonly deliveryCount: number
  }[]
  readonly cursor: string
  readonly more: boolean
}

/** What is asked of a service in the same words whatever its mode is. */
export type ModeWorld = Awaited<ReturnType<typeof startMode>>

/** What differs between the modes, from outside. */
interface Differences {
  readonly mode: 1 | 2
  readonly env: Readonly<Record<string, string>>
  /** The queue that reaches the client; resolves when it can be sent to. */
  readonly queueOf: (world: ModeWorld, service: At, clientId: string) => Promise<string>
}

/** Everything around the service in mode 1: PostgreSQL, SQS with a dead-letter queue, an issuer. */
export async function startInstanceQueueWorld(t: Owner): Promise<ModeWorld> {
  const [postgres, sqs] = await Promise.all([startPostgres(t), startSqs(t)])
  return startMode(t, sqs, {
    mode: 1,
    env: { ...databaseEnv(await postgres.freshDatabase()), SQS_QUEUE_NAME_PREFIX: 'notifications' },
    async queueOf(world, service, clientId) {
      let queueUrl: string | null = null
      await until(async () => {
        queueUrl = (await world.session(service, clientId)).queueUrl
        return queueUrl !== null
      })
      return queueUrl ?? ''
    },
  })
}

/** The same in mode 2, without a database. Queues are created when their client comes, unless told otherwise. */
export async function startClientQueueWorld(t: Owner, given?: SqsEndpoint): Promise<ModeWorld> {
  const sqs = given ?? (await startSqs(t))
  const baseUrl = (await sqs.createQueue('clients')).url
  return startMode(t, sqs, {
    mode: 2,
    env: { NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL: baseUrl, SQS_USER_QUEUE_AUTO_CREATE: 'true' },
    async queueOf(_world, _service, clientId) {
      const queueUrl = clientQueueUrl(baseUrl, clientId)
      await until(() =>
        sqs.attributes(queueUrl).then(
          () => true,
          () => false,
        ),
      )
      return queueUrl
    },
  })
}

/** Every mode, by what a test calls it. */
export const modes: Readonly<Record<string, (t: Owner) => Promise<ModeWorld>>> = {
  'instance queue': startInstanceQueueWorld,
  'client queue': startClientQueueWorld,
}

async function startMode(t: Owner, sqs: SqsEndpoint, { mode, env: own, queueOf }: Differences) {
  const [issuer, deadLetters] = await Promise.all([startIssuer(t), sqs.createQueue('dead-letters')])
  const env: Record<string, string> = {
    ...sqs.env,
    HOST: '127.0.0.1',
    PORT: '0',
    COGNITO_JWK_URL: issuer.jwksUrl,
    SQS_DLQ_ARN: deadLetters.arn,
    DRAIN_SPREAD_SECONDS: '0',
    ...own,
  }
  const bearer = (clientId: string, claims: object = {}) => ({
    authorization: `Bearer ${issuer.token({ sub: clientId, ...claims })}`,
  })
  return {
    mode,
    sqs,
    deadLetters,
    env,
    bearer,

    /** Starts an instance that lives as long as the test, and waits until it listens. */
    async service(t: Owner, more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
      const service = spawnService(t, { ...env, ...more })
      await service.said('listening')
      return service
    },

    /** Where the client is, as a publisher asks. */
    async session({ url }: At, clientId: string) {
      const headers = bearer('publisher', { scope: 'sessions:read' })
      const response = await fetch(`${url}/sessions/${encodeURIComponent(clientId)}`, { headers })
      if (response.status !== 200) throw new Error(`session look-up answered ${response.status}`)
      return (await response.json()) as { mode: number; online: boolean; instanceId: string | null; queueUrl: string }
    },

    queueOf(service: At, clientId: string): Promise<string> {
      return queueOf(this, service, clientId)
    },

    /** Sends as a publisher does, as soon as the client's queue is there; answers the message id. */
    async publish(service: At, clientId: string, body: string, attributes: Record<string, string> = {}) {
      const queueUrl = await this.queueOf(service, clientId)
      return sqs.send(queueUrl, body, { addressee: clientId, subject: 'greeting', ...attributes })
    },

    /** One poll: its status, and its answer when there is one. */
    async poll({ url }: At, clientId: string, query = 'wait=20', signal?: AbortSignal) {
      const response = await fetch(`${url}/notifications?${query}`, {
        headers: bearer(clientId),
        signal: signal ?? null,
      })
      const text = await response.text()
      const answer: Answer = text === '' ? { notifications: [], cursor: '', more: false } : JSON.parse(text)
      const { notifications, cursor, more } = answer
      return { status: response.status, cursor, more, bodies: notifications?.map(({ body }) => body), notifications }
    },

    /** Polls until something comes. */
    async next(service: At, clientId: string, query?: string) {
      for (;;) {
        const answer = await this.poll(service, clientId, query)
        if (answer.status !== 204) return answer
      }
    },

    /** Resolves when the instance holds just so many polls. */
    holds({ url }: At, polls: number): Promise<void> {
      return until(
        async () => ((await (await fetch(`${url}/health`)).json()) as { heldPolls: number }).heldPolls === polls,
      )
    },

    /** Readiness: its status and its checks. */
    async readiness({ url }: At) {
      const response = await fetch(`${url}/health/ready`)
      const { checks } = (await response.json()) as { checks: Record<string, string> }
      return { status: response.status, checks }
    },

    /** The value of one metric. */
    async metric({ url }: At, name: string): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    },
  }
}
