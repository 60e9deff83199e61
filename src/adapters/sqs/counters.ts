import { MinuteRate } from './minute-rate.ts'

/** What happened at the queues, as plain numbers that only this adapter writes and somebody else exports. */
export interface SqsCounters {
  /** Receives that were issued: what SQS charges for, whatever they bring. */
  readonly receives: MinuteRate
  /** Receives that are open right now; the only one that also goes down. */
  receiving: number
  received: number
  emptyReceives: number
  receiveErrors: number
  /** Receives that found no queue where that is no failure; they are not among the errors. */
  missing: number
  /** Deletes and give-backs that SQS confirmed. */
  acknowledged: number
  released: number
  /** Deletes and give-backs that were abandoned: their messages are shown again. */
  givenUp: number
  /** Messages that are no notification, wherever they went. */
  invalid: number
  /** Those of them that were deleted because there is no dead-letter queue. */
  invalidDeleted: number
}

/** Counters at zero. */
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
    invalidDeleted: 0,
  }
}
