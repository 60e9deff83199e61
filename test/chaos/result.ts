import type { Account } from './ledger.ts'
import type { Remainder } from './worlds/world.ts'

/** How a run went. */
export interface Result {
  readonly account: Account
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>
  /** What was looked for when everybody had left. */
  readonly remains: readonly Remainder[]
  /** Processes that did not leave when they were asked to, and that ended unasked. */
  readonly stuck: number
  readonly crashed: number
  /** What the instances logged as errors, and how often. */
  readonly errors: ReadonlyMap<string, number>
  /** What is told of every notification that needs an explanation. */
  readonly stories: readonly string[]
  /** Where the instances' logs are. */
  readonly logFolder: string
}
