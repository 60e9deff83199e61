import { pause } from '../../adapters/clock.ts'
import { createInstances } from '../../adapters/postgres/instances.ts'
import { migrate } from '../../adapters/postgres/migrate.ts'
import { openPool } from '../../adapters/postgres/pool.ts'
import { reasonOf } from '../../adapters/postgres/readiness.ts'
import { createSessions } from '../../adapters/postgres/sessions.ts'
import { createTickets } from '../../adapters/postgres/tickets.ts'
import { createRelay, relayKeyHeader, relayPath } from '../../adapters/relay/relay.ts'
import type { LeasePort } from '../../adapters/sqs/intake.ts'
import { createInstanceQueue, deleteQueueIfEmpty, isQueueEmpty } from '../../adapters/sqs/queue.ts'
import { openQueueReader } from '../../adapters/sqs/queue-reader.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { drainAll } from '../../adapters/sqs/settlements.ts'
import type { Config } from '../../config.ts'
import { databaseOf } from '../../database.ts'
import { acknowledgementsAmongPeers } from '../../delivery/peers/acknowledgements.ts'
import { Forwarding } from '../../delivery/peers/forwarding.ts'
import { relayReceiver } from '../../delivery/peers/relay-receiver.ts'
import type { Finding } from '../../delivery/refusal.ts'
import { relayRoute } from '../../http/relay-route.ts'
import type { Mode, ModeNeeds } from '../mode.ts'
import { openSqs } from '../sqs-parts.ts'
import { Drainer } from './drainer.ts'
import { storedNotifications } from './gateway.ts'
import { Membership } from './membership.ts'
import { tellPrevious } from './moving.ts'
import { recordAnew } from './record-anew.ts'

/** Receives open at once on one queue while it is busy. */
const maxReceives = 8
/** Our own queue, one that we have just left, and four of dead instances. */
const receiveSockets = 6 * maxReceives
/** A queue may still be written to for a moment after its instance has left the list. Milliseconds. */
const queueRestMs = 3_000

/** Mode 1: one SQS queue per instance; PostgreSQL knows which client is at which instance. */
export async function instanceQueueMode(needs: ModeNeeds): Promise<Mode & { counters: Counters }> {
  const { config, clock, log, makeMailboxes, address, onFatal } = needs
  await using opening = new AsyncDisposableStack()
  const database = { ...databaseOf(config), allowLazyCommit: config.DB_ALLOW_LAZY_COMMIT, log }
  await migrate(database)
  const pool = openPool(database)
  opening.defer(() => pool.close())
  const sqs = openSqs(config, { receiveSockets, maxReceives }, clock, log)
  opening.defer(() => sqs.close())

  const instances = createInstances({ pool })
  const sessions = createSessions({
    pool,
    clock,
    log,
    instanceId: () => membership.instanceId,
    onTakenForDead: () => void membership.rejoin().catch(() => {}),
    onMoved: (moves) =>
      tellPrevious(moves, { relay, clock, log, cursorsOf: (clientId) => mailboxes.cursorsOf(clientId) }),
  })
  const recordedAnew = recordAnew(sessions, () => membership.rejoin())
  const mailboxes = makeMailboxes({
    sessions: {
      // Recorded first, read second: what is stored in between is found by one of the two.
      async announce(clientId) {
        await recordedAnew.announce(clientId)
        await stored.pending.read(clientId)
      },
      forget: (clientId) => sessions.forget(clientId),
    },
    instanceId: config.NOTIFICATION_SERVICE_CLIENT_ID ?? '',
    onForeignCursor: (clientId, cursor) => void acknowledgements.byCursor(clientId, cursor),
  })
  const relays = { sent: 0, failed: 0 }
  const relay = createRelay({ clock, log, counters: relays })
  const directory = {
    find: (clientId: string) => sessions.find(clientId),
    instance: (id: string) => instances.findLive(id),
  }
  const acknowledgements = acknowledgementsAmongPeers({ mailboxes, relay, directory })
  const { acting } = sqs.needs.clients
  const forwards = { sent: 0, failed: 0 }
  const delivery = new Forwarding({
    mailboxes,
    directory,
    forwarder: { send: sender(acting) },
    onForward({ notification: { id } }, err) {
      forwards[err === null ? 'sent' : 'failed'] += 1
      if (err !== null) log.warn({ err, notificationId: id }, 'notification could not be sent on and is kept here')
    },
  })
  const port: LeasePort = {
    offer: (leases) => delivery.offer(leases),
    full: () => mailboxes.leasedMemory.full,
    whenRoom: () => new Promise((resolve) => mailboxes.leasedMemory.onFree(resolve)),
  }
  const stored = storedNotifications({ pool, clock, log, config, mailboxes, directory, relay })
  const receiveRelayed = relayReceiver({
    mailboxes,
    delivery,
    takePending: (row) => stored.dispatcher.receiveRelayed(row),
  })
  let queueHealth: string | null = null
  const membership = new Membership({
    instances,
    sessions,
    mailboxes,
    delivery,
    address,
    fixedId: config.NOTIFICATION_SERVICE_CLIENT_ID,
    log,
    onFatal,
    async openQueue(instanceId, onMade) {
      const given = config.SQS_QUEUE_URL
      const queueUrl = given ?? (await createInstanceQueue(acting, queueOf(config, instanceId)))
      if (given === null) onMade(queueUrl)
      const reader = await openQueueReader(sqs.needs, queueUrl, port, (health) => {
        queueHealth = health
      })
      if (reader === null) throw new Error(`SQS_QUEUE_URL: there is no queue at ${queueUrl}`)
      return { queueUrl, ownsQueue: given === null, reader }
    },
  })
  const isGone = (queueUrl: string) => deleteQueueIfEmpty(acting, queueUrl)
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
  const drainer = new Drainer({
    instances,
    openQueue: (queueUrl) => openQueueReader(sqs.needs, queueUrl, port),
    isEmpty: (queueUrl) => isQueueEmpty(acting, queueUrl),
    deleteIfEmpty: isGone,
    sleep,
    log,
  })
  const working = new AbortController()
  const work: Promise<void>[] = []
  let left: { readonly at: number } | null = null
  const recordLeaving = async () => {
    if (left === null && (await membership.leave())) left = { at: clock.now() }
    return left
  }
  const opened = opening.move()

  return {
    mode: 1,
    mailboxes,
    counters: { sqs: sqs.counters, forwards, relays },
    instanceId: () => membership.instanceId,
    acknowledgements,
    gateway: stored.gateway,
    tickets: createTickets({ pool }),
    routes: (app) =>
      relayRoute(app, {
        path: relayPath,
        keyHeader: relayKeyHeader,
        key: () => membership.relayKey,
        receiveRelayed,
        deleted: () => stored.deleted(),
      }),
    async findSession(clientId) {
      const peer = await sessions.find(clientId)
      const { id: instanceId = null, queueUrl = null } = peer ?? {}
      return { clientId, online: peer !== null, mode: 1, instanceId, queueUrl }
    },
    check: async () => ({
      database: await pool.check().then(
        (): Finding => 'ok',
        (error): Finding => ({ code: 'ERROR_DB_UNEXPECTED_ERROR', reason: reasonOf(error) }),
      ),
      queue: queueFinding(queueHealth),
    }),
    async start() {
      await membership.join().catch(async (error: unknown) => {
        await membership.takeDown(isGone)
        throw error
      })
      work.push(membership.run(working.signal, sleep), drainer.run(working.signal), stored.run(working.signal))
    },
    async leave() {
      working.abort()
      work.push(membership.stopReceiving())
      await recordLeaving()
    },
    async received() {
      await Promise.all(work)
      await delivery.settled()
    },
    async settled(withinMs) {
      await Promise.all([drainAll(sqs.needs.settling, withinMs), stored.settled(withinMs)])
    },
    async takeDown() {
      const recorded = await recordLeaving()
      // As long as look-ups may name the queue it stays: the others take this instance for dead, and drain it.
      if (recorded === null) return
      await sleep(Math.max(0, queueRestMs - (clock.now() - recorded.at)), new AbortController().signal)
      await membership.takeDown(isGone)
    },
    close: () => opened.disposeAsync(),
  }
}

interface Counters {
  readonly sqs: ReturnType<typeof openSqs>['counters']
  readonly forwards: { readonly sent: number; readonly failed: number }
  readonly relays: { readonly sent: number; readonly failed: number }
}

function queueOf(config: Config, instanceId: string) {
  return {
    prefix: config.SQS_QUEUE_NAME_PREFIX ?? '',
    instanceId,
    visibilityTimeoutSeconds: config.SQS_VISIBILITY_TIMEOUT_SECONDS,
    maxReceiveCount: config.SQS_MAX_RECEIVE_COUNT,
    ...(config.SQS_DLQ_ARN === null ? {} : { dlqArn: config.SQS_DLQ_ARN }),
  }
}

function queueFinding(health: string | null): Finding {
  if (health === 'ok') return 'ok'
  const reason = health === null ? 'nothing was received yet' : `receiving from the queue fails: ${health}`
  return { code: 'ERROR_SQS_UNEXPECTED_ERROR', reason }
}
