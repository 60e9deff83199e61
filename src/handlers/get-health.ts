import type { Handler } from '../contract/operations.ts'
import { refusals } from '../delivery/refusal.ts'
import { facts, failure, type ReadCondition, tryAgain } from './condition.ts'

/** Returns 200 while new polls are taken, 503 while the instance shuts down. */
export function getHealth({ condition }: { condition: ReadCondition }): Handler<'getHealth'> {
  return async (_input, { traceId }) => {
    const now = condition()
    if (!now.draining) return { status: 200, body: { status: 'ok', ...facts(now) } }
    const why = failure('ERROR_DRAINING', refusals.ERROR_DRAINING.title, traceId)
    return { status: 503, body: { status: 'draining', ...facts(now), ...why }, headers: tryAgain }
  }
}
