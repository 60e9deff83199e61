import { MinuteRate } from './minute-rate.ts'

/** Counts of what happened at the queues: plain numbers that only this adapter writes, for the metrics to read. */
export interface SqsCounters {
  /** Receives that were issued. SQS charges for each, even when it returns no message. */
  readonly receives: MinuteRate
  /** Receives in flight; the only count that also goes down. */
  receiving: number
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
  /** Messages that are not a notification. */
  invalid: number
  /** Invalid messages that were hidden because there is no dead-letter queue. */
  invalidHidden: number
}

/** Returns the counters, all zero. */
export function sqsCounters(): SqsCounters {
  return {
    receives: new MinuteRate(() => performance.now()),
    receiving: 0,
    received: 0,
    emptyReceives: 0,
    receiveErrors: 0,
    missing: 0,
    acknowledged: 0,
    released: 0,
    givenUp: 0,
    invalid: 0,
    invalidHidden: 0,
  }
}
