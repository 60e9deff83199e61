import type { Account } from './ledger.ts'
import type { Remainder } from './worlds/world.ts'

/** Returns the notifications that need an explanation, by kind. */
export function puzzlesOf(account: Account): readonly (readonly string[])[] {
  const { lost, misdelivered, misplaced, unexplained, renamed, late, receipts } = account
  return [lost, misdelivered, misplaced, unexplained, renamed, late, receipts.false, receipts.missing]
}

/** How a run went. */
export interface Result {
  readonly account: Account
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>
  /** The things that were looked for when everybody had left. */
  readonly remains: readonly Remainder[]
  /** The number of pushes that have woken a sleeping client. */
  readonly woken: number
  /** Processes that did not leave when they were asked to, and that ended unasked. */
  readonly stuck: number
  readonly crashed: number
  /** Lines that the instances logged as errors, with their number. */
  readonly errors: ReadonlyMap<string, number>
  /** The story of every notification that needs an explanation. */
  readonly stories: readonly string[]
  /** Where the instances' logs are. */
  readonly logFolder: string
}
