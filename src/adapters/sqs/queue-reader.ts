import type { Clock, Log } from '../../delivery/ports.ts'
import type { SqsClients } from './client.ts'
import type { ClockGap } from './clock-gap.ts'
import type { QueueKind, SqsCounters } from './counters.ts'
import { dlqOfQueue, type ServiceDlq } from './dead-letter-queue.ts'
import { DeadLetters, type DeadLettersNeeds } from './dead-letters.ts'
import { ExpiredMessages } from './expired-messages.ts'
import type { ExpiredRoom } from './expired-room.ts'
import { Poller, type PollerNeeds } from './poller.ts'
import { describeQueue } from './queue.ts'
import type { ReceiptKeeping } from './receipt-keeping.ts'
import { Settlements } from './settlements.ts'
import type { LeasePort } from './sorting.ts'

/** The parts that the readers of all queues share. */
export interface ReaderNeeds {
  readonly clients: SqsClients
  readonly clock: Clock
  readonly gap: ClockGap
  readonly log: Log
  readonly counters: SqsCounters
  readonly visibilityTimeoutSeconds: number
  readonly giveBackSeconds: number
  /** The JSON pointer (RFC 6901) to the addressee in events of EventBridge. */
  readonly addresseePointer: string
  /** Finds the dead-letter queue of the service, for queues whose redrive policy names none. */
  readonly dlq: ServiceDlq
  /** The maximum of receives in flight while a queue is busy. */
  readonly maxReceives: number
  /** How long receives wait for the first message. An instance that leaves makes it short, so that its last one is over soon. */
  readonly longPoll: { readonly seconds: number }
  /** The room for notifications that have expired and become dead letters; they are deleted when absent. */
  readonly expiredRoom?: ExpiredRoom | undefined
  /** The settlements of all queues that have entries outstanding; they add and remove themselves. */
  readonly settling: Set<Settlements>
  /** Keeps receipts; none are kept when absent. */
  readonly receipts?: ReceiptKeeping
  /** Returns numbers spread evenly over 0 … 1; `Math.random`. */
  readonly random: () => number
}

/** Receives from one queue: its messages become leases, and the leases' endings are told to it. */
export interface QueueReader {
  /** Receives until the signal aborts and the last receive has run out. Never rejects. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when SQS has confirmed all deletes and releases, or `withinMs` is over. */
  settled(withinMs: number): Promise<void>
}

/** Told how the queue is. */
export type QueueWatch = Pick<PollerNeeds, 'onHealth' | 'onMissing'>

/** Opens the queue for receiving; returns null when there is no such queue. */
export async function openQueueReader(
  needs: ReaderNeeds,
  { queueUrl, kind }: { readonly queueUrl: string; readonly kind: QueueKind },
  port: LeasePort,
  watch: QueueWatch = {},
): Promise<QueueReader | null> {
  const { clients, dlq } = needs
  const client = clients.acting
  if ((await describeQueue(client, queueUrl)) === null) return null
  const settlements = new Settlements({ ...needs, client, queueUrl, kind })
  // Found when there is a message to move: what is wrong with it must not keep valid messages from their clients.
  const deadLetters = openDeadLetters({ ...needs, client, settlements, dlq: dlqOfQueue(client, queueUrl, dlq) })
  const poller = new Poller({ ...needs, client: clients.receiving, queueUrl, settlements, deadLetters, port, ...watch })
  return { run: (signal) => poller.run(signal), settled: (withinMs) => settlements.drained(withinMs) }
}

/** Opens the way to the dead-letter queue, for invalid messages, and for expired notifications when there is room for them. */
export function openDeadLetters(needs: DeadLettersNeeds & Pick<ReaderNeeds, 'expiredRoom'>): DeadLetters {
  const { settlements, expiredRoom: room } = needs
  if (room !== undefined) {
    const expired = new ExpiredMessages({ ...needs, room })
    settlements.onOutdated = (lease) => expired.take(lease)
  }
  return new DeadLetters(needs)
}
