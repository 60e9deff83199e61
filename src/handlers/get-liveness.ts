import type { Handler } from '../contract/operations.ts'
import { facts, type ReadCondition } from './condition.ts'

/** 200 as long as this process answers at all: a restart would mend nothing that it depends on. */
export function getLiveness({ condition }: { condition: ReadCondition }): Handler<'getLiveness'> {
  return async () => ({ status: 200, body: { status: 'ok', ...facts(condition()) } })
}
