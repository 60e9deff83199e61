import type { Instances } from '../../adapters/postgres/instances.ts'
import type { PostgresPending } from '../../adapters/postgres/pending.ts'
import type { Purged } from '../../adapters/postgres/purge.ts'
import type { PostgresReceipts } from '../../adapters/postgres/receipts.ts'
import type { SessionsTable } from '../../adapters/postgres/sessions.ts'
import type { WakeUpsTable } from '../../adapters/postgres/wake-ups.ts'
import type { DeviceWaker } from '../../adapters/push/device-waker.ts'
import type { Post } from '../../adapters/relay/relay.ts'
import type { Config } from '../../config.ts'
import type { Gauge } from '../../delivery/gauge.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Finding } from '../../delivery/refusal.ts'
import type { Gateway, Mode, ModeNeeds, WatchedDatabase } from '../mode.ts'
import type { SqsParts } from '../sqs-parts.ts'
import type { OwnQueueConfig } from './provide-queue.ts'

/** The stores of the mode, by table or by purpose. */
export interface Database extends Omit<Gateway, 'dispatcher' | 'findReceipt' | 'waits'> {
  readonly instances: Instances
  readonly sessions: SessionsTable
  readonly pending: PostgresPending
  readonly receipts: PostgresReceipts
  readonly tickets: Mode['tickets']
  readonly wakeUps: WakeUpsTable
  /** Statements that wait for a connection, and rows that wait for a statement. */
  readonly waiting: Gauge
  /** For the metrics. */
  readonly watched: WatchedDatabase
  /** Removes rows that are over, at most so many of each kind. */
  purge(limit: number): Promise<Purged>
  /** Returns whether the database can be written to, for readiness. Never rejects. */
  finding(): Promise<Finding>
  /** Brings the tables up to date. */
  prepare(): Promise<void>
}

/** Everything outside of the mode that it is plugged into. */
export interface Parts
  extends Pick<ModeNeeds, 'clock' | 'makeMailboxes' | 'tracing' | 'address' | 'onFatal' | 'onSuperseded'> {
  readonly log: Log
  readonly config: Pick<
    Config,
    | 'DEAD_LETTER_EXPIRED'
    | 'NOTIFICATION_SERVICE_CLIENT_ID'
    | 'PENDING_TTL_SECONDS'
    | 'RECEIPT_QUEUES'
    | 'SQS_INTAKE_QUEUE_URL'
  > &
    OwnQueueConfig
  readonly newId: () => string
  readonly newRelayKey: () => string
  readonly database: Database
  readonly sqs: SqsParts
  /** Wakes the devices of absent clients. */
  readonly devices: DeviceWaker
  /** Gives entries to another instance. */
  readonly post: Post
  /** Closes the database, SQS and the connections to push services. */
  close(): Promise<void>
}
