import { ListQueuesCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import postgres from 'postgres'
import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/log.ts'
import { startService } from '../../src/service.ts'
import { type Call, type Fault, httpFaultProxy } from '../support/fault-proxy.ts'
import { startSharedIssuer } from '../support/issuer.ts'
import { databaseEnv, sharedPostgres } from '../support/postgres.ts'
import { postgresFaultProxy } from '../support/postgres-fault-proxy.ts'
import { startSqs, strings } from '../support/sqs.ts'
import { Device } from './device.ts'

export const visibilityTimeoutSeconds = 2
/** Receives wait no longer than this, so that an instance leaves soon. */
const maxReceiveSeconds = 2
/** The longest a call hangs before the service gives it up (a receive: 26 s), and then some. */
const patienceMs = 75_000

/** The calls of one delivery, and the one of them that fails. */
export class Trial {
  readonly fault: Fault
  readonly #failing: number
  readonly calls: string[] = []
  /** The name of the call that failed; null when there were fewer. */
  failed: string | null = null

  constructor(fault: Fault, failing: number) {
    this.fault = fault
    this.#failing = failing
  }

  judge(name: string): Fault | null {
    this.calls.push(name)
    if (this.calls.length !== this.#failing) return null
    this.failed = name
    // With `ack=auto` a response that is written counts as received: the first of two would be nobody's.
    if (this.fault === 'twice' && name.includes('ack=auto')) return null
    return this.fault
  }
}

export type Torture = Awaited<ReturnType<typeof startTorture>>
export type Bench = Awaited<ReturnType<Torture['bench']>>
export type Instance = Awaited<ReturnType<Bench['instance']>>

/** One PostgreSQL server, one SQS API and one issuer for all benches of a file. */
export async function startTorture(t: Test) {
  const [server, sqs, issuer] = await Promise.all([sharedPostgres(t), startSqs(t), startSharedIssuer(t)])
  const deadLetters = await sqs.createQueue('dead-letters')
  /** Resolves when the last instance that was started has started: one at a time, or they starve each other of answers. */
  let started: Promise<unknown> = Promise.resolve()
  const benches = new Map<string, (call: Call) => Fault | null>()
  const proxy = await httpFaultProxy({
    targetPort: () => sqs.port,
    refuse: 'answer',
    judge: (call) => {
      for (const [prefix, judge] of benches) if (call.body.includes(`${prefix}-`)) return judge(call)
      return null
    },
    rewrite: ({ body }) => body.replace('"WaitTimeSeconds":20', `"WaitTimeSeconds":${maxReceiveSeconds}`),
  })
  t.teardown(() => proxy.close())
  // The tests' own calls go past the proxy; those of the services, in this process too, through it.
  process.env.AWS_ENDPOINT_URL_SQS = `http://127.0.0.1:${proxy.port}`

  return {
    /** How many messages have become dead letters. */
    deadLetters: async () => (await sqs.count(deadLetters.url)).all,

    /** Ends the calls to SQS that hang: no instance has to wait for them any more before it leaves. */
    release: () => proxy.release(),

    /** A database and instances of its own, and proxies in front of everything. */
    async bench(name: string, mode: 1 | 2) {
      await using starting = new AsyncDisposableStack()
      const database = await server.migratedDatabase()
      let trial: Trial | null = null
      let ignored: (call: Call) => boolean = () => false
      const judge = (to: string) => (call: Call) =>
        trial === null || ignored(call) ? null : trial.judge(`${to} ${call.name}`)
      benches.set(name, judge('SQS'))
      const databaseProxy = await postgresFaultProxy({ targetPort: server.port, judge: judge('PostgreSQL') })
      starting.defer(() => databaseProxy.close())
      const { host, port, user, password } = database
      const sql = postgres({ host, port, user, password, database: database.database, max: 1, onnotice: () => {} })
      starting.defer(() => sql.end({ timeout: 1 }))

      const redrive = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 50 })
      const { url: intakeUrl } = await sqs.createQueue(`${name}-intake`, { RedrivePolicy: redrive })
      const ofMode: Readonly<Record<string, string>> =
        mode === 1
          ? { SQS_QUEUE_NAME_PREFIX: name }
          : {
              NOTIFICATION_SERVICE_MODE: '2',
              SQS_USER_QUEUE_BASE_URL: intakeUrl.replace(/intake$/, 'clients'),
              SQS_USER_QUEUE_AUTO_CREATE: 'true',
            }

      const stops: (() => Promise<void>)[] = []
      const devices: Device[] = []
      const undo = starting.move()

      const queues = async () => {
        const { QueueUrls = [] } = await sqs.own.send(new ListQueuesCommand({ QueueNamePrefix: `${name}-` }))
        return QueueUrls
      }

      return {
        /** The intake queue of all its instances. */
        intakeUrl,

        /** A client that polls at this address. */
        device(url: string, clientId: string, ack: 'auto' | 'next'): Device {
          const headers = { authorization: `Bearer ${issuer.token({ sub: clientId })}` }
          const device = new Device({ url, clientId, ack, headers })
          devices.push(device)
          return device
        },

        /** Starts an instance in this process. Returns its addresses for clients: past the proxy, and through it. */
        async instance(more: Readonly<Record<string, string>> = {}) {
          // The port is known only when the service listens, which is after its settings were read.
          const target = { port: 0 }
          const [clients, relay] = await Promise.all(
            ['client', 'relay'].map((to) =>
              httpFaultProxy({
                targetPort: () => target.port,
                refuse: 'reset',
                judge: judge(to),
              }),
            ),
          )
          if (!clients || !relay) throw new Error('two proxies were started')
          undo.defer(() => clients.close())
          undo.defer(() => relay.close())
          const config = readConfig({
            ...(mode === 1 ? databaseEnv({ ...database, port: databaseProxy.port }) : {}),
            HOST: '127.0.0.1',
            PORT: '0',
            INSTANCE_ADDRESS: `http://127.0.0.1:${relay.port}`,
            COGNITO_JWK_URL: issuer.jwksUrl,
            ...ofMode,
            SQS_DLQ_ARN: deadLetters.arn,
            SQS_MAX_RECEIVE_COUNT: '50',
            SQS_VISIBILITY_TIMEOUT_SECONDS: String(visibilityTimeoutSeconds),
            AUTO_ACK_GRACE_MS: '100',
            DRAIN_SPREAD_SECONDS: '0',
            SESSION_LINGER_SECONDS: '1',
            LOGGING_MODE: 'PRODUCTION',
            ...more,
          })
          const log = openLog(config, {
            write(line) {
              if (line.includes('"msg":"listening"')) target.port = JSON.parse(line).port
            },
          })
          const starting = started.then(() =>
            startService(config, log, {
              droppedLogLines: () => 0,
              onFatal: (reason) => {
                throw new Error(reason)
              },
              onSuperseded() {},
              stop: new AbortController().signal,
            }),
          )
          started = starting.catch(() => {})
          const service = await starting
          stops.push(() => service.stop())
          return {
            url: `http://127.0.0.1:${target.port}`,
            proxied: `http://127.0.0.1:${clients.port}`,
          }
        },

        /** From here on the calls are counted, and one of them fails. */
        begin(next: Trial, ignore: (call: Call) => boolean = () => false): void {
          ignored = ignore
          trial = next
        },

        end(): void {
          trial = null
        },

        /** Stops the clients and the instances, and then what they need. */
        async close(): Promise<void> {
          trial = null
          await Promise.all(devices.map((device) => device.stop()))
          await Promise.all(stops.map((stop) => stop()))
          await undo.disposeAsync()
        },

        /** Sends a notification that has its addressee's name for an id. */
        send(queueUrl: string, addressee: string): Promise<unknown> {
          const attributes = strings({ addressee, subject: 'torture', id: addressee })
          return sqs.own.send(
            new SendMessageCommand({
              QueueUrl: queueUrl,
              MessageBody: `for ${addressee}`,
              MessageAttributes: attributes,
            }),
          )
        },

        /** Takes all instances for dead, as a survivor would; answers the ids of all that ever were. */
        async fence(): Promise<string[]> {
          await sql`update instances set dead_at = now() where dead_at is null`
          await sql`delete from sessions`
          return (await sql<{ id: string }[]>`select id from instances`).map(({ id }) => id)
        },

        /** The queue at which the client is, asked for until it is somewhere. */
        async queueOf(clientId: string): Promise<string> {
          return eventually('the client has a session', async () => {
            const [row] = await sql<{ queueUrl: string }[]>`
              select queue_url as "queueUrl" from sessions join instances on instances.id = instance_id
              where client_id = ${clientId} and dead_at is null`
            return row?.queueUrl ?? null
          })
        },

        /** How many messages there are in the intake queue. */
        inIntake: async () => (await sqs.count(intakeUrl)).all,

        /**
         * How many messages there are for this client, in the queues that all share and in its own, and how many
         * notifications are stored for it. Earlier clients have left: a late answer may still bring a copy for one of them.
         */
        async waiting(clientId: string): Promise<number> {
          const [stored] = await sql<{ count: number }[]>`
            select count(*)::int as count from pending_notifications where client_id = ${clientId}`
          const relevant = (await queues()).filter((url) => !url.includes('-clients-') || url.endsWith(`-${clientId}`))
          const counts = await Promise.all(
            relevant.map(async (url) => (await sqs.count(url).catch(() => ({ all: 0 }))).all),
          )
          return counts.reduce((sum, count) => sum + count, stored?.count ?? 0)
        },
      }
    },
  }
}

/** Returns the result of the look as soon as that is not null; rejects when it takes longer than anything may. */
export async function eventually<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  let found: T | null = null
  const isFound = async () => {
    found = await look()
    return found !== null
  }
  await until(isFound, { withinMs: patienceMs, everyMs: 20 })
  if (found === null) throw new Error(`after ${patienceMs / 1_000} s this is still not true: ${what}`)
  return found
}
