import type { Observer } from './observer.ts'
import type { Clock, Log } from './ports.ts'
import type { Sessions } from './sessions.ts'

/** The bounds of the core. Durations in milliseconds. */
export interface Bounds {
  readonly maxHeldPolls: number
  readonly maxPollsPerClient: number
  readonly maxLeasedBytes: number
  /** How long a session outlives the last poll of its client. */
  readonly lingerMs: number
  /** How long after a response its connection must not fail before it counts as delivered. */
  readonly graceMs: number
}

/** The ports and settings of the core. */
export interface Surroundings {
  readonly clock: Clock
  /** Returns the time of day, by which notifications expire: milliseconds since 1970. It may be set at any moment. */
  readonly timeOfDay: () => number
  readonly sessions: Sessions
  /** Returns numbers evenly spread over 0 … 1, as `Math.random` does. */
  readonly random: () => number
  readonly bounds: Bounds
  /** Told when notifications begin and cease to be held back for want of memory. */
  readonly log?: Pick<Log, 'info' | 'warn'>
  /** Counts what becomes of polls and leases; nobody does when absent. */
  readonly observer?: Observer
  /** Called with a poll's cursor that another instance gave, so that the instance can be told. */
  readonly onForeignCursor?: (clientId: string, cursor: string) => void
  /** Returns the mark by which cursors name a notification, where instances cannot ask the one that gave a cursor. */
  readonly markOf?: (key: string) => string
  /** Named in every cursor. The id changes when the instance goes on under a new one. */
  readonly identity: { readonly id: string }
  /** New at every start, so that the cursors of an earlier process are not mistaken for its own. */
  readonly epoch: string
}
