import type { FastifyPluginAsync } from 'fastify'

/** The wishes of the process that starts the service. */
export interface Start {
  /** Called when the instance cannot go on. */
  readonly onFatal: (reason: string) => void
  /** Called when another process has taken over the fixed id of this instance, which has to be stopped. */
  readonly onSuperseded: () => void
  /** Aborts a start that waits for something: `startService` rejects then. */
  readonly stop: AbortSignal
  /** Returns the number of log lines that were dropped since the start. */
  readonly droppedLogLines: () => number
  /** Adds routes that are not in the contract; production has none. */
  readonly moreRoutes?: FastifyPluginAsync | null
  /** The place of this instance among several that share the port; null when it has the port for itself. */
  readonly among?: Among | null
  /** Called once the instance has an id, with a function that returns the id of the moment. */
  readonly onNamed?: (instanceId: () => string) => void
}

/** The place of an instance among several. */
export interface Among {
  /** The port at which this instance alone is reached; 0 takes a free one. */
  readonly ownPort: number
  /** Whether the others serve as well. */
  readonly allServe: () => boolean
}
