import type { Finding, RefusalCode } from '../delivery/refusal.ts'

/** Where an instance is in its life: it takes new polls only while it is serving. */
export type Phase = 'starting' | 'serving' | 'draining'

/** The condition of this instance: facts about itself, and a check of its dependencies. */
export interface Condition {
  readonly instanceId: string
  readonly mode: 1 | 2
  readonly version: string
  readonly heldPolls: number
  readonly uptimeSeconds: number
  readonly phase: Phase
  /** Checks every dependency of the instance, by name. Never rejects, and has a deadline of its own. */
  readonly check: () => Promise<Readonly<Record<string, Finding>>>
}

export type ReadCondition = () => Condition

/** Returns the members that every health response has. */
export function facts({ instanceId, mode, version, heldPolls, uptimeSeconds }: Condition) {
  return { instanceId, mode, version, heldPolls, uptimeSeconds }
}

/**
 * Returns the members of an error, which a health response with a failure has too, for programs that only read errors.
 */
export function failure(code: RefusalCode, message: string, traceId: string) {
  return { error: code, message, context: traceId }
}

export const tryAgain = { 'retry-after': '1' }
