import { randomBytes, randomUUID } from 'node:crypto'
import { createCallbacks } from '../../adapters/postgres/callbacks.ts'
import { createInstances } from '../../adapters/postgres/instances.ts'
import { migrate } from '../../adapters/postgres/migrate.ts'
import { createPending } from '../../adapters/postgres/pending.ts'
import { openPool } from '../../adapters/postgres/pool.ts'
import { createPublishing } from '../../adapters/postgres/publishing.ts'
import { claimExpired, purge } from '../../adapters/postgres/purge.ts'
import { findingOf } from '../../adapters/postgres/readiness.ts'
import { createReceipts } from '../../adapters/postgres/receipts.ts'
import { createRegistrations } from '../../adapters/postgres/registrations.ts'
import { createSessionsTable } from '../../adapters/postgres/sessions.ts'
import { measureStored } from '../../adapters/postgres/stored-measure.ts'
import { createTickets } from '../../adapters/postgres/tickets.ts'
import { createWakeUpsTable } from '../../adapters/postgres/wake-ups.ts'
import { openDeviceWaker, type WakingOptions } from '../../adapters/push/device-waker.ts'
import { postOverHttp } from '../../adapters/relay/relay.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { databaseOf } from '../../database.ts'
import { maxIntakeReceives } from '../intake-receiving.ts'
import type { Mode, ModeNeeds } from '../mode.ts'
import { openSqs } from '../sqs-parts.ts'
import { expiredLetters } from './expired-letters.ts'
import { instanceQueues } from './instance-queue.ts'

/** Receives open at once on one queue while it is busy. */
const maxReceives = 8
/** Our own queue, one that we have just left, four of dead instances, and the intake queue. */
const receiveSockets = 6 * maxReceives + maxIntakeReceives

const relayKeyBytes = 32

/** Expired notifications that are sent to the dead-letter queue between two calls of the purge. */
const lettersAtOnce = 100

/** Time for a lease on a stored notification to end and to be settled, beside its length. */
const leaseMarginSeconds = 30

/** Mode 1: one SQS queue per instance; PostgreSQL knows which client is at which instance. Opens the database and SQS. */
export async function openInstanceQueues(needs: ModeNeeds): Promise<Mode> {
  const { config, clock, log } = needs
  await using opening = new AsyncDisposableStack()
  const options = { ...databaseOf(config), allowLazyCommit: config.DB_ALLOW_LAZY_COMMIT, log }
  const pool = openPool(options)
  opening.defer(() => pool.close())
  const sqs = openSqs(config, { receiveSockets, maxReceives }, clock, log)
  opening.defer(() => sqs.close())
  const devices = openDeviceWaker(wakingOf(config))
  opening.defer(() => devices.close())
  const opened = opening.move()
  const receiptTtlSeconds = config.RECEIPT_TTL_SECONDS
  const leaseSeconds = config.SQS_VISIBILITY_TIMEOUT_SECONDS + leaseMarginSeconds
  const send = sender(sqs.needs.clients, clock)
  const bury = config.DEAD_LETTER_EXPIRED ? expiredLetters({ dlq: sqs.needs.dlq, send, clock, log }) : null
  return instanceQueues({
    ...needs,
    newId: randomUUID,
    newRelayKey: () => randomBytes(relayKeyBytes).toString('base64url'),
    database: {
      instances: createInstances({ pool }),
      sessions: createSessionsTable({ pool }),
      pending: createPending({ pool, clock, receiptTtlSeconds }),
      registrations: createRegistrations({ pool }),
      callbacks: createCallbacks({ pool, clock, pendingTtlSeconds: config.PENDING_TTL_SECONDS }),
      publishing: createPublishing({ pool, clock, pendingTtlSeconds: config.PENDING_TTL_SECONDS }),
      receipts: createReceipts({ pool, clock, ttlSeconds: receiptTtlSeconds }),
      tickets: createTickets({ pool }),
      wakeUps: createWakeUpsTable({ pool }),
      waiting: {
        name: 'waiting_statements',
        help: 'Statements that wait for PostgreSQL, and rows that wait for a statement (mode 1).',
        read: () => pool.waiting,
      },
      watched: { statements: pool.statements, lanes: pool.lanes, measureStored: () => measureStored(pool) },
      async purge(limit) {
        const times = { receiptTtlSeconds, afterSeconds: leaseSeconds }
        if (bury === null) return purge(pool, limit, times)
        const claimed = await claimExpired(pool, { limit: lettersAtOnce, afterSeconds: leaseSeconds })
        const only = await bury(claimed)
        const purged = await purge(pool, limit, { ...times, only })
        // After a failure the rest waits for the next minute.
        return { ...purged, more: purged.more || (only.length > 0 && only.length === claimed.length) }
      },
      finding: () => findingOf(pool.check()),
      prepare: () => migrate(options),
    },
    sqs,
    devices,
    post: postOverHttp,
    close: () => opened.disposeAsync(),
  })
}

/** The settings of how devices are woken. Those that need each other are set together, or the service does not start. */
function wakingOf(config: ModeNeeds['config']): WakingOptions {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, PUBLIC_URL: publicUrl } = config
  const { WAKE_UP_WEBHOOK_URL: url, WAKE_UP_WEBHOOK_SECRET: secret } = config
  const subject = config.VAPID_SUBJECT ?? publicUrl
  return {
    vapid: publicKey === null || privateKey === null || subject === null ? null : { publicKey, privateKey, subject },
    webhook: url === null || secret === null ? null : { url, secret },
    privateAddresses: config.WAKE_UP_PRIVATE_ADDRESSES,
    ttlSeconds: config.PENDING_TTL_SECONDS,
    publicUrl,
  }
}
