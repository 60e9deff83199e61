import type { Bounds } from '../../src/delivery/bounds.ts'

/**
 * The times of the simulated world, in milliseconds. Shorter than the service's by about seven, in the same order of
 * lengths, so that a seed is some seconds long; the core's own slice (50) and travel time (300) are what they are.
 */
export const visibilityMs = 4_000
export const graceMs = 500
export const lingerMs = 1_500
export const heartbeatMs = 1_000
export const deadAfterMs = 4_000
export const maxWaitMs = 3_000
/** How often the queue shows a message before it is a dead letter. */
export const maxReceiveCount = 5
/** A packet, a statement or a call to SQS on a good day takes up to this long. */
export const hopMs = 15
/** The longest a process stands still; by then it has been taken for dead. */
export const maxPauseMs = 7_000
/** A reader that has taken nothing for so long is dropped. */
export const stuckMs = 1_400
/** The longest a stream is held. */
export const maxStreamMs = 6_000
/** A receive that brings nothing is answered after this. */
export const receiveWaitMs = 2_900
/** What is given back without trouble is back after this. */
export const givenBackMs = 300
/** Longest that whoever tells an instance something waits for its deletions. */
export const deletionMs = 100

/** What every instance is built with. */
export function boundsOf({ maxLeasedBytes }: { readonly maxLeasedBytes: number }): Bounds {
  return { maxHeldPolls: 1_000, maxPollsPerClient: 10, maxLeasedBytes, lingerMs, graceMs }
}

/** Room for so many bytes of leases: plenty; or, where it is tight, for a dozen. */
export const roomyBytes = 64 * 1_048_576
/** Or in mode 2 not for one of each client; what is stored in mode 1 would take minutes to come, one by one. */
export const tightBytes = { 1: [24_000], 2: [24_000, 4_000] } as const
