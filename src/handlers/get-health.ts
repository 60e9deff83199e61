import type { Handler } from '../contract/operations.ts'
import { refusals, stillStarting } from '../delivery/refusal.ts'
import { facts, failure, type ReadCondition, tryAgain } from './condition.ts'

/** Returns 200 while new polls are taken, and 503 while the instance starts or shuts down. */
export function getHealth({ condition }: { condition: ReadCondition }): Handler<'getHealth'> {
  return async (_input, { traceId }) => {
    const now = condition()
    switch (now.phase) {
      case 'serving':
        return { status: 200, body: { status: 'ok', ...facts(now) } }
      case 'starting': {
        const why = failure('ERROR_DRAINING', stillStarting, traceId)
        return { status: 503, body: { status: 'unavailable', ...facts(now), ...why }, headers: tryAgain }
      }
      case 'draining': {
        const why = failure('ERROR_DRAINING', refusals.ERROR_DRAINING.title, traceId)
        return { status: 503, body: { status: 'draining', ...facts(now), ...why }, headers: tryAgain }
      }
      default:
        return now.phase satisfies never
    }
  }
}
