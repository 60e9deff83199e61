import type { Finding, RefusalCode } from '../delivery/refusal.ts'

/** How this instance is: facts about itself, and what it depends on. */
export interface Condition {
  readonly instanceId: string
  readonly mode: 1 | 2
  readonly version: string
  readonly heldPolls: number
  readonly uptimeSeconds: number
  readonly draining: boolean
  /** Looks at everything the instance depends on, by name. Never rejects; has its own deadline. */
  readonly check: () => Promise<Readonly<Record<string, Finding>>>
}

export type ReadCondition = () => Condition

/** The members that every health answer has. */
export function facts({ instanceId, mode, version, heldPolls, uptimeSeconds }: Condition) {
  return { instanceId, mode, version, heldPolls, uptimeSeconds }
}

/** A health answer with a failure carries the members of an error too, for readers who only know errors. */
export function failure(code: RefusalCode, message: string, traceId: string) {
  return { error: code, message, context: traceId }
}

export const tryAgain = { 'retry-after': '1' }
