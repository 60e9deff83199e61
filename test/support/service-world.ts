import assert from 'node:assert/strict'
import type { Test } from 'tap'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import type { Answer, Health, Session } from './answers.ts'
import { contractFetch } from './contract.ts'
import { openEvents } from './event-stream.ts'
import { startSharedIssuer } from './issuer.ts'
import { keepSecret } from './leaks.ts'
import { openConnection } from './raw-connection.ts'
import { type ServiceProcess, spawnService } from './service-process.ts'
import type { Sqs, SqsEndpoint } from './sqs.ts'
import { openFrames } from './web-socket.ts'

/** An instance: its process, or only where it listens. */
export type At = Pick<ServiceProcess, 'url'>
/** A test that owns what is started in it. */
type Owner = Pick<Test, 'teardown'>
type Settings = Readonly<Record<string, string>>

/** The differences between the modes, from outside. A test has no conditions on the mode: it finds them here. */
export interface Differences {
  readonly mode: 1 | 2
  /** The settings of every instance. */
  readonly env: Settings
  /** Those of instances among which clients move. */
  readonly peerEnv: Settings
  /** The status of an accepted publication or callback, by whether its client is connected. */
  readonly accepted: { readonly connected: string; readonly away: string }
  /** Where publications and callbacks are kept: what readiness calls it, what its failure is called, and how it fails. */
  readonly store: {
    readonly check: 'database' | 'queue'
    readonly code: string
    stop(): Promise<void>
    start(): Promise<void>
  }
  /** The sentence of the log when SQS is away. */
  readonly receivingFails: string
  /** The sentence of the log when SQS is back. */
  readonly receivingWorks: string
  /** Settings for a test that must meet no instances and no clients of others. */
  apart(): Promise<Settings>
  /** The queue that a sender finds for the client; resolves when there is one. */
  queueOf(world: Common, service: At, clientId: string): Promise<string>
  /** The queue from which this instance takes what is for the client, also before the client has come. */
  queueBefore(world: Common, service: At, clientId: string): Promise<string>
  /** Rejects when something is left that an instance with these settings and this queue should have taken along. */
  leftNothing(t: Owner, settings: Settings, queueUrl?: string): Promise<void>
}

/** The acts of every test, in either mode. */
type Common = Pick<Awaited<ReturnType<typeof openWorld>>, 'session' | 'poll' | 'queueOf'>
export type World = Awaited<ReturnType<typeof openWorld<Sqs>>>

/** A service and everything around it, real and on loopback; in the mode that `differences` tells. */
export async function openWorld<Queues extends SqsEndpoint>(t: Owner, sqs: Queues, differences: Differences) {
  const [issuer, deadLetters] = await Promise.all([startSharedIssuer(t), sqs.createQueue('dead-letters')])
  const env: Record<string, string> = {
    ...sqs.env,
    AWS_SECRET_ACCESS_KEY: keepSecret('secret-access-key-of-the-tests'),
    HOST: '127.0.0.1',
    PORT: '0',
    COGNITO_JWK_URL: issuer.jwksUrl,
    SQS_DLQ_ARN: deadLetters.arn,
    ...differences.env,
  }

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
    ...differences,
    sqs,
    issuer,
    deadLetters,
    env,
    bearer,

    /** Starts an instance that lives as long as the test, and waits until it listens. */
    async service(t: Owner, more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
      const service = spawnService(t, { ...env, ...more })
      await service.said('listening')
      return service
    },

    /** Starts an instance that others can reach, wherever this host's name leads to. */
    peer(t: Owner, more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
      return startOnPort([], (port) => {
        const address = { PORT: String(port), INSTANCE_ADDRESS: `http://127.0.0.1:${port}` }
        return this.service(t, { ...address, ...differences.peerEnv, ...more })
      })
    },

    /** Where the client is, as a publisher asks. */
    async session({ url }: At, clientId: string): Promise<Session> {
      const headers = bearer('publisher', { scope: 'sessions:read' })
      const response = await ask(`${url}/sessions/${encodeURIComponent(clientId)}`, { headers })
      assert.equal(response.status, 200, response.text)
      return response.json<Session>()
    },

    /** The queue that a sender finds for the client; resolves when there is one. */
    queueOf(service: At, clientId: string): Promise<string> {
      return differences.queueOf(this, service, clientId)
    },

    /** The queue from which this instance takes what is for the client, also before the client has come. */
    queueBefore(service: At, clientId: string): Promise<string> {
      return differences.queueBefore(this, service, clientId)
    },

    /** Resolves when nothing is left in the queue that a sender finds for the client. */
    async emptied(service: At, clientId: string): Promise<void> {
      const queueUrl = await this.queueOf(service, clientId)
      await until(async () => (await sqs.count(queueUrl)).all === 0)
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

    /** Sends to a client that is here or was a moment ago, and waits until the service has received it. */
    async deposit(service: At, clientId: string, body: string, attributes: Record<string, string> = {}) {
      const queueUrl = await this.queueOf(service, clientId)
      const received = await this.metric(service, 'sqs_received_total')
      const id = await this.send(queueUrl, clientId, body, attributes)
      await until(async () => (await this.metric(service, 'sqs_received_total')) > received)
      return id
    },

    /** One poll: the answer, and what it holds; nothing for any other than 200. */
    async poll({ url }: At, clientId: string, query = 'wait=20', init: RequestInit = {}) {
      const headers = { ...bearer(clientId), ...init.headers }
      const answer = await ask(`${url}/notifications?${query}`, { ...init, headers })
      const isJson = answer.status === 200 && answer.headers.get('content-type')?.startsWith('application/json')
      const held: Answer = isJson ? answer.json<Answer>() : { notifications: [], cursor: '', more: false }
      return { ...answer, ...held }
    },

    /** Polls until something comes; answers that. */
    async next(service: At, clientId: string, query = 'wait=20') {
      for (;;) {
        const answer = await this.poll(service, clientId, query)
        if (answer.status === 200) return answer
        assert.equal(answer.status, 204, answer.text)
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
      return {
        status: response.status,
        ...response.json<{ checks: Record<'database' | 'queue' | 'keys', string> & { readonly intake?: string } }>()
          .checks,
      }
    },

    /** Resolves when the instance holds just so many polls. */
    async holds(service: At, polls: number): Promise<void> {
      await until(async () => (await this.health(service)).heldPolls === polls)
    },

    /** The value of one metric, or the sum of its values over all labels; not a number when there is none. */
    async metric(service: At, name: string): Promise<number> {
      const { text } = await this.ask(service, '/metrics')
      const samples = [...text.matchAll(new RegExp(`^notifications_${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))]
      return samples.length === 0 ? Number.NaN : samples.reduce((sum, [, value]) => sum + Number(value), 0)
    },

    /** A connection that can do what no HTTP client would. */
    connect: (t: Owner, service: At, options: { readonly reads?: boolean } = {}) => openConnection(t, service, options),
  }
}
