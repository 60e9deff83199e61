import type { Bounds } from '../../src/delivery/bounds.ts'

/** The time of day when the clock is at zero. */
export const midnight = Date.parse('2026-01-01T00:00:00.000Z')

/** The times of the service as it is shipped: what is simulated has some of them built in. */
export const visibilityMs = 30_000
export const graceMs = 1_000
export const maxLingerMs = 30_000
/** An instance is taken for dead after four heartbeats that were not heard; the sweep comes as often as a heartbeat. */
export const heartbeatMs = 5_000
export const deadAfterMs = 20_000
export const drainSpreadMs = 5_000
/** How often a queue shows a message before it is a dead letter. */
export const maxReceiveCount = 5

/** A packet, a statement or a call to SQS on a good day takes up to this long. */
export const hopMs = 15
/** The longest a process stands still; by then it has been taken for dead, and all it had received is shown again. */
export const maxPauseMs = 50_000
/** A reader that has taken nothing for so long is dropped. */
export const stuckMs = 10_000
/** The longest a client waits with one poll, and with one stream. */
export const maxWaitMs = 25_000
export const maxStreamMs = 60_000
/** A message that is released without trouble is visible again after this. */
export const givenBackMs = 300

/** The bounds of every instance. */
export function boundsOf(world: Pick<Bounds, 'maxLeasedBytes' | 'lingerMs'>): Bounds {
  const { maxLeasedBytes, lingerMs } = world
  return { maxHeldPolls: 1_000, maxPollsPerClient: 10, maxLeasedBytes, lingerMs, graceMs }
}

/** A session outlives the gap between two polls by as long as that is set to. */
export const lingersMs = { 1: [2_000, maxLingerMs], 2: [1_000, maxLingerMs] } as const

/** Room for so many bytes of leases: plenty; or, where it is tight, for a dozen. */
export const roomyBytes = 64 * 1_048_576
/** Or in mode 2 not for one of each client; what is stored in mode 1 would take minutes to come, one by one. */
export const tightBytes = { 1: [24_000], 2: [24_000, 4_000] } as const

/** Of so many seeds one has notifications that expire; there, every other notification does. */
export const expiringSeeds = 5
/** A notification that expires does so within this, and half of them within a tenth of it. */
export const maxTtlMs = 60_000
/** Of so many seeds one has senders that ask for receipts, and of twice as many one has both. */
export const receiptSeeds = 3
/** The name of the queue for events of receipts, in the settings of every instance. */
export const receiptQueue = 'outcomes'
/** A publisher waits for the acknowledgement for up to so many seconds. */
export const maxPublisherWaitSeconds = 30

/** A row that has expired is removed after this, when no lease on it can last any more. */
export const purgedAfterMs = visibilityMs + 30_000

/** The part of what senders send that goes to the intake queue. */
export const throughIntake = 1 / 3
