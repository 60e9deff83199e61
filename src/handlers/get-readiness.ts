import type { Handler } from '../contract/operations.ts'
import { refusals } from '../delivery/refusal.ts'
import { facts, failure, type ReadCondition, tryAgain } from './condition.ts'

/** Returns 200 when new clients can be served, or 503 with the reason for each check that fails. */
export function getReadiness({ condition }: { condition: ReadCondition }): Handler<'getReadiness'> {
  return async (_input, { traceId }) => {
    const now = condition()
    const findings = await now.check()
    const checks = Object.fromEntries(
      Object.entries(findings).map(([name, finding]) => [name, finding === 'ok' ? finding : finding.reason]),
    )
    const failed = Object.values(findings).find((finding) => finding !== 'ok')
    if (now.phase === 'draining') {
      const why = failure('ERROR_DRAINING', refusals.ERROR_DRAINING.title, traceId)
      return { status: 503, body: { status: 'draining', ...facts(now), checks, ...why }, headers: tryAgain }
    }
    if (failed !== undefined) {
      const why = failure(failed.code, refusals[failed.code].title, traceId)
      return { status: 503, body: { status: 'unavailable', ...facts(now), checks, ...why }, headers: tryAgain }
    }
    return { status: 200, body: { status: 'ok', ...facts(now), checks } }
  }
}
