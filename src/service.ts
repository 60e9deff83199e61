import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { systemClock } from './adapters/clock.ts'
import { InstanceDead } from './adapters/postgres/announcement.ts'
import { createInstances } from './adapters/postgres/instances.ts'
import { migrate } from './adapters/postgres/migrate.ts'
import { openPool } from './adapters/postgres/pool.ts'
import { createSessions, type PostgresSessions } from './adapters/postgres/sessions.ts'
import { sqsClients } from './adapters/sqs/client.ts'
import { ClockGap } from './adapters/sqs/clock-gap.ts'
import { sqsCounters } from './adapters/sqs/counters.ts'
import type { LeasePort } from './adapters/sqs/intake.ts'
import { pause } from './adapters/sqs/pause.ts'
import { createInstanceQueue, deleteQueueIfEmpty, isQueueEmpty } from './adapters/sqs/queue.ts'
import { openQueueReader, type ReaderNeeds } from './adapters/sqs/queue-reader.ts'
import { sender } from './adapters/sqs/send.ts'
import type { Config } from './config.ts'
import { loadDocument } from './contract/document.ts'
import { Delivery } from './delivery/deliver.ts'
import { Mailboxes } from './delivery/mailboxes.ts'
import { Drainer } from './drainer.ts'
import { acknowledgeNotifications } from './handlers/acknowledge-notifications.ts'
import { awaitNotifications } from './handlers/await-notifications.ts'
import type { Condition } from './handlers/condition.ts'
import { getHealth } from './handlers/get-health.ts'
import { getLiveness } from './handlers/get-liveness.ts'
import { getReadiness } from './handlers/get-readiness.ts'
import { getSession } from './handlers/get-session.ts'
import { checkHealth } from './health-checks.ts'
import { createApp } from './http/app.ts'
import { issuerKeys } from './http/issuer-keys.ts'
import { metrics } from './http/metrics.ts'
import { tokenVerifier } from './http/verify-token.ts'
import { wire } from './http/wire.ts'
import { Membership } from './membership.ts'
import { openMetrics } from './metrics.ts'

/** Receives open at once on one queue while it is busy. */
const maxReceives = 8
/** Our own queue, one that we have just left, and four of dead instances. */
const receiveSockets = 6 * maxReceives
/** A burst of reconnections must find room in the kernel's queue, or waits a second for a repeated SYN. */
const backlog = 4096
/** A queue may still be written to for a moment after its instance has left the list. Milliseconds. */
const queueRestMs = 3_000
/** Longest wait for the last receive, which runs out after 20 s. Milliseconds. */
const lastReceiveMs = 22_000
/** Longest wait for SQS to confirm what has ended. Milliseconds. */
const settleMs = 2_000

/** A running instance of the service. */
export interface Service {
  /** The port it listens on. */
  readonly port: number
  readonly instanceId: string
  /** Sends every client elsewhere, gives back what is not delivered, and leaves. Takes less than 30 s. */
  stop(): Promise<void>
}

/** Builds every part, plugs them together and starts them. A start that fails undoes what it had begun. */
export async function startService(config: Config, log: Logger, onFatal: (reason: string) => void): Promise<Service> {
  await using starting = new AsyncDisposableStack()
  const clock = systemClock
  const startedAt = clock.now()
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const contract = loadDocument()

  const keys = issuerKeys({ jwksUrl: config.COGNITO_JWK_URL, log })
  starting.defer(() => keys.close())
  void keys.refresh()

  // ── PostgreSQL: sessions and instances ──
  const database = {
    host: config.DB_HOST,
    port: config.DB_PORT,
    user: config.DB_USER,
    password: config.DB_PASSWORD,
    database: config.DB_NAME,
    tls: config.DB_TLS,
    caFile: config.DB_CA_FILE,
    log,
  }
  await migrate(database)
  const pool = openPool(database)
  starting.defer(() => pool.close())
  const instances = createInstances({ pool })
  const sessions: PostgresSessions = createSessions({
    pool,
    clock,
    log,
    instanceId: () => membership.instanceId,
    onTakenForDead: () => void membership.rejoin().catch(() => {}),
  })

  // ── the core ──
  const mailboxes = new Mailboxes({
    clock,
    random: Math.random,
    instanceId: config.NOTIFICATION_SERVICE_CLIENT_ID ?? '',
    epoch: randomBytes(4).readUInt32BE().toString(36),
    sessions: {
      // Taken for dead: the client is recorded under the new id as soon as there is one.
      announce: (clientId) =>
        sessions.announce(clientId).catch(async (error: unknown) => {
          if (!(error instanceof InstanceDead)) throw error
          await membership.rejoin()
          await sessions.announce(clientId)
        }),
      forget: (clientId) => sessions.forget(clientId),
    },
    bounds: {
      maxHeldPolls: config.MAX_HELD_POLLS,
      maxPollsPerClient: config.MAX_POLLS_PER_CLIENT,
      maxLeasedBytes: config.MAX_LEASED_BYTES,
      lingerMs: config.SESSION_LINGER_SECONDS * 1000,
      graceMs: config.AUTO_ACK_GRACE_MS,
    },
  })

  // ── SQS ──
  const clients = sqsClients({ receiveSockets })
  starting.defer(() => clients.close())
  const counters = sqsCounters()
  const stopped = new AbortController()
  const gap = new ClockGap(clock, (gapMs) => log.warn({ gapMs: Math.round(gapMs) }, 'this process was paused'))
  const watchingGaps = gap.run(stopped.signal)
  starting.defer(async () => {
    stopped.abort()
    await watchingGaps
  })
  const forwards = { sent: 0, failed: 0 }
  const send = sender(clients.acting)
  const delivery = new Delivery({
    mailboxes,
    directory: sessions,
    forwarder: { send },
    onForward: (lease, err) => {
      if (err === null) forwards.sent += 1
      else {
        forwards.failed += 1
        log.warn({ err, notificationId: lease.notification.id }, 'notification could not be sent on and is kept here')
      }
    },
  })
  const readerNeeds: ReaderNeeds = {
    clients,
    clock,
    gap,
    log,
    counters,
    maxReceives,
    visibilityTimeoutSeconds: config.SQS_VISIBILITY_TIMEOUT_SECONDS,
    giveBackSeconds: config.SQS_GIVE_BACK_SECONDS,
  }
  const port: LeasePort = {
    offer: (leases) => delivery.offer(leases),
    full: () => mailboxes.full,
    whenRoom: () => new Promise((resolve) => mailboxes.onRoom(resolve)),
  }
  let queueHealth: string | null = null

  // ── this instance among the others ──
  const membership: Membership = new Membership({
    instances,
    sessions,
    mailboxes,
    delivery,
    address: () => config.INSTANCE_ADDRESS ?? `http://${hostname()}:${(app.server.address() as AddressInfo).port}`,
    fixedId: config.NOTIFICATION_SERVICE_CLIENT_ID,
    log,
    onFatal,
    async openQueue(instanceId) {
      const { SQS_QUEUE_URL: given, SQS_QUEUE_NAME_PREFIX: prefix, SQS_DLQ_ARN: dlqArn } = config
      const queueUrl =
        given ??
        (await createInstanceQueue(clients.acting, {
          prefix: prefix ?? '',
          instanceId,
          visibilityTimeoutSeconds: config.SQS_VISIBILITY_TIMEOUT_SECONDS,
          maxReceiveCount: config.SQS_MAX_RECEIVE_COUNT,
          ...(dlqArn === null ? {} : { dlqArn }),
        }))
      const reader = await openQueueReader(readerNeeds, queueUrl, port, (health) => {
        queueHealth = health
      })
      if (reader === null) throw new Error(`SQS_QUEUE_URL: there is no queue at ${queueUrl}`)
      return { queueUrl, ownsQueue: given === null, reader }
    },
  })

  // ── HTTP ──
  const app = createApp({ contract, maxBodyBytes: config.MAX_BODY_BYTES, log })
  starting.defer(() => app.close())
  let draining = false
  const condition = (): Condition => ({
    instanceId: membership.instanceId,
    mode: 1,
    version,
    heldPolls: mailboxes.heldPolls,
    uptimeSeconds: Math.round(clock.now() - startedAt) / 1000,
    draining,
    check: () => checkHealth({ pool, keys, queueHealth: () => queueHealth }),
  })
  const verify = await tokenVerifier(app, {
    keys,
    issuer: config.JWT_ISSUER ?? undefined,
    audience: config.JWT_AUDIENCE ?? undefined,
    clientIdClaim: config.CLIENT_ID_CLAIM,
    algorithms: config.JWT_ALGORITHMS,
    memorySize: config.MAX_HELD_POLLS,
  })
  const registry = openMetrics({ mailboxes, sqs: counters, forwards })
  await app.register(metrics, { read: () => registry.metrics(), contentType: registry.contentType })
  await wire(app, {
    document: contract.document,
    verify,
    handlers: {
      awaitNotifications: awaitNotifications({
        mailboxes,
        now: Date.now,
        random: Math.random,
        defaultWaitSeconds: config.DEFAULT_WAIT_SECONDS,
        maxWaitSeconds: config.MAX_TIMEOUT_SECONDS,
      }),
      acknowledgeNotifications: acknowledgeNotifications({ mailboxes }),
      getSession: getSession({ directory: sessions }),
      getHealth: getHealth({ condition }),
      getLiveness: getLiveness({ condition }),
      getReadiness: getReadiness({ condition }),
    },
  })
  await app.listen({ host: config.HOST, port: config.PORT, backlog })
  const { port: listening } = app.server.address() as AddressInfo

  const isGone = (queueUrl: string) => deleteQueueIfEmpty(clients.acting, queueUrl)
  starting.defer(() => membership.stopReceiving())
  await membership.join().catch(async (error: unknown) => {
    await membership.takeDown(isGone)
    throw error
  })
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
  const drainer = new Drainer({
    instances,
    openQueue: (queueUrl) => openQueueReader(readerNeeds, queueUrl, port),
    isEmpty: (queueUrl) => isQueueEmpty(clients.acting, queueUrl),
    deleteIfEmpty: isGone,
    sleep,
    log,
  })
  const working = new AbortController()
  const work = Promise.all([membership.run(working.signal, sleep), drainer.run(working.signal)])
  const parts = starting.move()

  async function stop(): Promise<void> {
    draining = true
    log.info({ heldPolls: mailboxes.heldPolls }, 'shutting down: sending clients elsewhere')
    const leftAt = clock.now()
    working.abort()
    // No further receive; what the last one brings is given back.
    const received = membership.stopReceiving()
    await membership.leave()
    await mailboxes.drain(config.DRAIN_SPREAD_SECONDS * 1000)
    // What is in its grace is acknowledged when that is over; the rest goes back to its queue.
    if (mailboxes.releaseAll() > 0) await pause(clock, config.AUTO_ACK_GRACE_MS + 200, stopped.signal)
    mailboxes.releaseAll()
    await app.close()
    await Promise.race([
      Promise.all([received, work]),
      pause(clock, lastReceiveMs - (clock.now() - leftAt), stopped.signal),
    ])
    await delivery.settled()
    mailboxes.releaseAll()
    await membership.settled(settleMs)
    await pause(clock, queueRestMs - (clock.now() - leftAt), stopped.signal)
    await membership.takeDown(isGone)
    await parts.disposeAsync()
    log.info({}, 'shut down')
  }

  log.info({ port: listening, instanceId: membership.instanceId, version }, 'listening')
  return { port: listening, instanceId: membership.instanceId, stop }
}
