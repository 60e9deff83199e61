import assert from 'node:assert/strict'
import postgres from 'postgres'
import type { Test } from 'tap'
import { contractFetch } from './contract.ts'
import { openEvents } from './event-stream.ts'
import { startIssuer } from './issuer.ts'
import { keepSecret } from './leaks.ts'
import { databaseEnv, freePort, startPostgres } from './postgres.ts'
import { openConnection } from './raw-connection.ts'
import { type ServiceProcess, spawnService } from './service-process.ts'
import { startSqs, until } from './sqs.ts'
import { openFrames } from './web-socket.ts'

/** What a session look-up answers. */
export interface Session {
  readonly clientId: string
  readonly online: boolean
  readonly instanceId: string | null
  readonly queueUrl: string | null
}

/** What a poll answers with 200. */
export interface Answer {
  readonly notifications: readonly {
    readonly id: string
    readonly addressee: string
    readonly subject: string
    readonly body: string
    readonly encoding?: string
    readonly contentType: string | null
    readonly sentAt: string
    readonly deliveryCount: number
    readonly correlationId: string | null
  }[]
  readonly cursor: string
  readonly more: boolean
}

/** The body of an error. */
export interface Problem {
  readonly error: string
  readonly message: string
  readonly context: string
}

/** What the health operations answer. */
export interface Health {
  readonly status: string
  readonly instanceId: string
  readonly heldPolls: number
  readonly checks?: Readonly<Record<string, string>>
}

/** An instance: its process, or only where it listens. */
type At = Pick<ServiceProcess, 'url'>
/** A test that owns what is started in it. */
type Owner = Pick<Test, 'teardown'>

export type World = Awaited<ReturnType<typeof startWorld>>

/** PostgreSQL, SQS with a dead-letter queue, and an issuer: everything around the service, real and on loopback. */
export async function startWorld(t: Owner) {
  const [server, sqs, issuer] = await Promise.all([startPostgres(t), startSqs(t), startIssuer(t)])
  const [database, deadLetters] = await Promise.all([server.freshDatabase(), sqs.createQueue('dead-letters')])
  const env: Record<string, string> = {
    ...databaseEnv(database),
    ...sqs.env,
    AWS_SECRET_ACCESS_KEY: 'secret-access-key-of-the-tests',
    HOST: '127.0.0.1',
    PORT: '0',
    COGNITO_JWK_URL: issuer.jwksUrl,
    SQS_QUEUE_NAME_PREFIX: 'notifications',
    SQS_DLQ_ARN: deadLetters.arn,
  }
  keepSecret(database.password)
  keepSecret('secret-access-key-of-the-tests')

  const bearer = (clientId: string, claims: object = {}) => ({
    authorization: `Bearer ${keepSecret(issuer.token({ sub: clientId, ...claims }))}`,
  })
  // An answer that is not as in the contract rejects, whichever test is under way.
  const ask = contractFetch({
    strictSame(found, wanted, message) {
      assert.deepStrictEqual(found, wanted, message)
      return true
    },
  })

  return {
    postgres: server,
    sqs,
    issuer,
    database,
    deadLetters,
    env,
    bearer,

    /** The settings that lead to an empty database: for a test whose instances must meet no others. */
    async freshDatabase(): Promise<Record<string, string>> {
      return databaseEnv(await server.freshDatabase())
    },

    /** Starts an instance that lives as long as the test, and waits until it listens. */
    async service(t: Owner, more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
      const service = spawnService(t, { ...env, ...more })
      await service.said('listening')
      return service
    },

    /** Starts an instance that others can reach, wherever this host's name leads to. */
    async peer(t: Owner, more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
      for (let tries = 1; ; tries++) {
        const port = await freePort()
        const address = { PORT: String(port), INSTANCE_ADDRESS: `http://127.0.0.1:${port}` }
        try {
          return await this.service(t, { ...address, ...more })
        } catch (error) {
          // Somebody else has taken the port in the meantime.
          if (tries === 5 || !String(error).includes('EADDRINUSE')) throw error
        }
      }
    },

    /** A connection to the database of these settings, as an operator has. */
    sql(t: Owner, { DB_NAME }: Readonly<Record<string, string>> = {}) {
      const { host, port, user, password } = database
      const sql = postgres({ host, port, user, password, database: DB_NAME ?? database.database, max: 1 })
      t.teardown(() => sql.end({ timeout: 1 }))
      return sql
    },

    /** Where the client is, as a publisher asks. */
    async session({ url }: At, clientId: string): Promise<Session> {
      const headers = bearer('publisher', { scope: 'sessions:read' })
      const response = await ask(`${url}/sessions/${encodeURIComponent(clientId)}`, { headers })
      assert.equal(response.status, 200, response.text)
      return response.json<Session>()
    },

    /** The client's queue, asked for until the client is online. */
    async queueOf(service: At, clientId: string): Promise<string> {
      let queueUrl: string | null = null
      await until(async () => {
        queueUrl = (await this.session(service, clientId)).queueUrl
        return queueUrl !== null
      })
      return queueUrl ?? ''
    },

    /** Sends a message for the client to this queue; answers its id. */
    send(queueUrl: string, clientId: string, body: string, attributes: Record<string, string> = {}) {
      keepSecret(body)
      return sqs.send(queueUrl, body, { addressee: clientId, subject: 'greeting', ...attributes })
    },

    /** Sends as a publisher does: looks the client up until it is online, and sends to that queue. */
    async publish(service: At, clientId: string, body: string, attributes: Record<string, string> = {}) {
      return this.send(await this.queueOf(service, clientId), clientId, body, attributes)
    },

    /** One poll. */
    poll({ url }: At, clientId: string, query = 'wait=20', init: RequestInit = {}) {
      return ask(`${url}/notifications?${query}`, { ...init, headers: { ...bearer(clientId), ...init.headers } })
    },

    /** Polls until something comes; answers that. */
    async next(service: At, clientId: string, query = 'wait=20'): Promise<Answer> {
      for (;;) {
        const response = await this.poll(service, clientId, query)
        if (response.status === 200) return response.json<Answer>()
        assert.equal(response.status, 204, response.text)
      }
    },

    /** A stream of server-sent events that has begun. */
    async events(t: Owner, { url }: At, clientId: string, query = '', headers: Record<string, string> = {}) {
      const events = await openEvents(t, `${url}/notifications?${query}`, { ...bearer(clientId), ...headers })
      assert.equal(events.status, 200)
      assert.deepEqual(await events.next().then(({ event, data }) => ({ event, data })), {
        event: 'ready',
        data: { clientId },
      })
      return events
    },

    /** A WebSocket that has begun. */
    async frames(t: Owner, { url }: At, clientId: string, query = '', options: Parameters<typeof openFrames>[2] = {}) {
      const headers = { ...bearer(clientId), ...options.headers }
      const frames = await openFrames(t, `${url}/notifications?${query}`, { ...options, headers })
      assert.deepEqual(await frames.next(), { type: 'registration', clientId })
      return frames
    },

    /** A ticket of the client. */
    async ticket({ url }: At, clientId: string, claims: object = {}): Promise<string> {
      const response = await ask(`${url}/tickets`, { method: 'POST', headers: bearer(clientId, claims) })
      assert.equal(response.status, 201, response.text)
      return keepSecret(response.json<{ ticket: string }>().ticket)
    },

    /** Acknowledges as the client. */
    acknowledge({ url }: At, clientId: string, body: unknown) {
      const headers = { ...bearer(clientId), 'content-type': 'application/json' }
      return ask(`${url}/notifications/ack`, { method: 'POST', headers, body: JSON.stringify(body) })
    },

    /** Any other request. */
    ask({ url }: At, path: string, init: RequestInit = {}) {
      return ask(url + path, init)
    },

    async health(service: At): Promise<Health> {
      return (await this.ask(service, '/health')).json<Health>()
    },

    /** Readiness: its status and its body. */
    async readiness(service: At) {
      const response = await this.ask(service, '/health/ready')
      const { checks } = response.json<{ checks: { database: string; queue: string; keys: string } }>()
      return { status: response.status, ...checks }
    },

    /** Resolves when the instance holds just so many polls. */
    holds(service: At, polls: number): Promise<void> {
      return until(async () => (await this.health(service)).heldPolls === polls)
    },

    /** The value of one metric. */
    async metric(service: At, name: string): Promise<number> {
      const { text } = await this.ask(service, '/metrics')
      return Number(new RegExp(`^notifications_${name} (\\S+)$`, 'm').exec(text)?.[1])
    },

    /** A connection that can do what no HTTP client would. */
    connect: (t: Owner, service: At, options: { readonly reads?: boolean } = {}) => openConnection(t, service, options),
  }
}
