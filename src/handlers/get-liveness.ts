import type { Handler } from '../contract/operations.ts'
import { facts, type ReadCondition } from './condition.ts'

/** Returns 200 whenever the process answers at all: a restart would not mend a dependency that fails. */
export function getLiveness({ condition }: { condition: ReadCondition }): Handler<'getLiveness'> {
  return async () => ({ status: 200, body: { status: 'ok', ...facts(condition()) } })
}
