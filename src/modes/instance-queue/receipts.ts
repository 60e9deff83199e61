import type { PostgresReceipts } from '../../adapters/postgres/receipts.ts'
import { type ReceiptKeeping, unknownQueueWarning } from '../../adapters/sqs/receipt-keeping.ts'
import { ReceiptRoom } from '../../adapters/sqs/receipt-room.ts'
import { receiptSender } from '../../adapters/sqs/receipt-sender.ts'
import { AcknowledgementWaits } from '../../delivery/intake/acknowledgement-waits.ts'
import type { Notification } from '../../delivery/notification.ts'
import type { Directory } from '../../delivery/peers/directory.ts'
import { receiptTold } from '../../delivery/peers/receipt-told.ts'
import type { Relay } from '../../delivery/peers/relay.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import type { AcknowledgedBy } from '../../delivery/receipt.ts'
import type { SqsParts } from '../sqs-parts.ts'
import type { Identity } from './identity.ts'
import { queueReceipts } from './queue-receipts.ts'
import { ReceiptOutbox } from './receipt-outbox.ts'

interface Needs {
  readonly table: PostgresReceipts
  /** The URLs of `RECEIPT_QUEUES` by their names. */
  readonly queues: ReadonlyMap<string, string>
  readonly sqs: Pick<SqsParts, 'needs' | 'counters'>
  readonly identity: Pick<Identity, 'id'>
  readonly relay: Relay
  readonly directory: Pick<Directory, 'instance'>
  readonly clock: Clock
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: Log
}

/** The receipts of an instance: stored in the database, told to the callers that wait for them, and sent to their queues. */
export interface ReceiptParts {
  /** Stores the receipts of messages. */
  readonly keeping: ReceiptKeeping
  /** The callers of this instance that wait for an acknowledgement. */
  readonly waits: AcknowledgementWaits
  /** Called when the receipt of a stored notification is in the database. `by` is null when the notification expired. */
  ended(notification: Notification, by: AcknowledgedBy | null): void
  /** Sends receipts to their queues until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** Plugs the parts together that keep, send and tell receipts. */
export function openReceipts({
  table,
  queues,
  sqs,
  identity,
  relay,
  directory,
  clock,
  sleep,
  log,
}: Needs): ReceiptParts {
  const outbox = new ReceiptOutbox({
    ...{ receipts: table, queues, counters: sqs.counters.receipts, clock, sleep, log },
    send: receiptSender(sqs.needs.clients),
  })
  const waits = new AcknowledgementWaits({ clock, identity, acknowledgedAmong: table.acknowledgedAmong })
  const tellWaits = receiptTold({ waits, relay, directory })
  return {
    waits,
    keeping: queueReceipts({
      receipts: table,
      names: new Set(queues.keys()),
      room: new ReceiptRoom({ log }),
      onEvent: () => outbox.ask(),
      unknownQueue: unknownQueueWarning(clock, log),
    }),
    ended(notification, by) {
      if (by !== null) void tellWaits(notification)
      if (notification.receipt?.to) outbox.ask()
    },
    run: (signal) => outbox.run(signal),
  }
}
