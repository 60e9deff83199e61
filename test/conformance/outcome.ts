import type { Requirement } from './requirement.ts'

/** The end of a case or a check. `skipped`: the client does not have the transport that the case is about. */
export interface Outcome {
  readonly name: string
  readonly requires: readonly Requirement[]
  readonly kind: 'passed' | 'failed' | 'skipped'
  /** The reason of a failure, or of a skipped case. */
  readonly reason: string
  readonly ms: number
}
