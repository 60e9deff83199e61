/** What happened at the queues, as plain numbers that only this adapter writes and somebody else exports. */
export interface SqsCounters {
  /** Receives that are open right now; the only one that also goes down. */
  receiving: number
  received: number
  emptyReceives: number
  receiveErrors: number
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
    receiving: 0,
    received: 0,
    emptyReceives: 0,
    receiveErrors: 0,
    acknowledged: 0,
    released: 0,
    givenUp: 0,
    invalid: 0,
    invalidDeleted: 0,
  }
}
