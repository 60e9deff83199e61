import type { Clock, Log } from '../../delivery/ports.ts'
import type { SqsClients } from './client.ts'
import type { ClockGap } from './clock-gap.ts'
import type { SqsCounters } from './counters.ts'
import { DeadLetters } from './dead-letters.ts'
import type { LeasePort } from './intake.ts'
import { Poller } from './poller.ts'
import { describeQueue, dlqUrl } from './queue.ts'
import { Settlements } from './settlements.ts'

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
  /** The maximum of receives in flight while a queue is busy. */
  readonly maxReceives: number
  /** The settlements of all queues that have entries outstanding; they add and remove themselves. */
  readonly settling: Set<Settlements>
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

/** Opens the queue for receiving; returns null when there is no such queue. */
export async function openQueueReader(
  needs: ReaderNeeds,
  queueUrl: string,
  port: LeasePort,
  onHealth: (health: string) => void = () => {},
): Promise<QueueReader | null> {
  const { clients, log, counters } = needs
  const description = await describeQueue(clients.acting, queueUrl)
  if (description === null) return null
  const { dlqArn } = description
  const deadLetterUrl = dlqArn === null ? null : await dlqUrl(clients.acting, dlqArn)
  // Invalid messages are deleted when no dead-letter queue is wanted; a wanted one that is missing must not look so.
  if (dlqArn !== null && deadLetterUrl === null) throw new Error(`SQS_DLQ_ARN: there is no queue ${dlqArn}`)
  const settlements = new Settlements({ ...needs, client: clients.acting, queueUrl })
  const findDlq = async () => deadLetterUrl
  const deadLetters = new DeadLetters({ client: clients.acting, findDlq, settlements, log, counters })
  const poller = new Poller({ ...needs, client: clients.receiving, queueUrl, settlements, deadLetters, port, onHealth })
  return { run: (signal) => poller.run(signal), settled: (withinMs) => settlements.drained(withinMs) }
}
