import type { Clock, Sessions } from './ports.ts'

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

/** What the core is plugged into. */
export interface Surroundings {
  readonly clock: Clock
  readonly sessions: Sessions
  /** Evenly spread over 0 … 1, as `Math.random`. */
  readonly random: () => number
  readonly bounds: Bounds
  /** Told of a poll's cursor that another instance gave: that one has to hear of it. */
  readonly onForeignCursor?: (clientId: string, cursor: string) => void
  /** What the cursor of a response names its notifications by, where instances cannot ask the one that gave it. */
  readonly markOf?: (key: string) => string
  /** Named in every cursor. The id changes when the instance goes on under a new one. */
  readonly instanceId: string
  /** New at every start, so that cursors of an earlier life are not mistaken for ours. */
  readonly epoch: string
}
