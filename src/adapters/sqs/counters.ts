import type { SourceKind } from '../../delivery/lease.ts'
import { CallCounts } from './call-counts.ts'
import { MinuteRate } from './minute-rate.ts'
import { type ReceiptCounters, receiptCounters } from './receipt-keeping.ts'

/** The kind of a queue, by whose messages are in it. */
export type QueueKind = Exclude<SourceKind, 'stored'>

/** Counts by the kind of the queue. */
export type ByQueue = Record<QueueKind, number>

/** Counts of what happened at the queues: plain numbers that only this adapter writes, for the metrics to read. */
export interface SqsCounters {
  /** Receives that were issued. SQS charges for each, even when it returns no message. */
  readonly receives: MinuteRate
  /** All calls to SQS, with their failures. */
  readonly calls: CallCounts
  /** Receives in flight; this count also goes down. */
  receiving: number
  /** Queues whose next receive waits because the last one failed; this count also goes down. */
  backingOff: number
  received: number
  emptyReceives: number
  receiveErrors: number
  /** Receives that found no queue where that is no failure; not counted as errors. */
  missing: number
  /** Deletes that SQS confirmed. */
  acknowledged: number
  /** Messages that SQS was told to show again. */
  released: number
  /** Deletes and releases that were abandoned: SQS shows their messages again. */
  givenUp: number
  /** Notifications at their first receive; SQS may show each of them again. */
  readonly accepted: ByQueue
  /** Messages that were moved to the dead-letter queue because they are not notifications. */
  readonly deadLettered: ByQueue
  /** Messages that are not a notification. */
  invalid: number
  /** Invalid messages that were hidden because there is no dead-letter queue. */
  invalidHidden: number
  readonly receipts: ReceiptCounters
}

/** Returns the counters, all zero. */
export function sqsCounters(): SqsCounters {
  return {
    receives: new MinuteRate(() => performance.now()),
    calls: new CallCounts(),
    receiving: 0,
    backingOff: 0,
    received: 0,
    emptyReceives: 0,
    receiveErrors: 0,
    missing: 0,
    acknowledged: 0,
    released: 0,
    givenUp: 0,
    accepted: noneOfEach(),
    deadLettered: noneOfEach(),
    invalid: 0,
    invalidHidden: 0,
    receipts: receiptCounters(),
  }
}

function noneOfEach(): ByQueue {
  return { 'instance-queue': 0, 'client-queue': 0, 'intake-queue': 0 }
}
