/**
 * The times of the simulated world, in milliseconds. Shorter than the service's by about seven, in the same order of
 * lengths, so that a seed is some seconds long; the core's own slice (50) and travel time (300) are what they are.
 */
export const visibilityMs = 4_000
export const graceMs = 500
export const lingerMs = 1_500
export const heartbeatMs = 1_000
export const deadAfterMs = 4_000
export const mostWaitMs = 3_000
/** How often the queue shows a message before it is a dead letter. */
export const maxReceiveCount = 5
/** A packet, a statement or a call to SQS on a good day takes up to this long. */
export const hopMs = 15
/** The longest a process stands still; by then it has been taken for dead. */
export const mostPauseMs = 7_000
