import type { Outcome } from '../outcome.ts'
import { type Check, type Tested, TestedService } from './tested-service.ts'

/** Runs the checks one after the other, since they share a client, and leaves nothing waiting for it. */
export async function runChecks(checks: readonly Check[], tested: Tested): Promise<readonly Outcome[]> {
  const service = new TestedService(tested)
  const outcomes: Outcome[] = []
  for (const { name, requires, look } of checks) {
    const startedAt = performance.now()
    let reason = ''
    try {
      await service.empty()
      await look(service)
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
    }
    const kind = reason === '' ? 'passed' : 'failed'
    outcomes.push({ name, requires, kind, reason, ms: performance.now() - startedAt })
  }
  await service.empty().catch(() => {})
  return outcomes
}
