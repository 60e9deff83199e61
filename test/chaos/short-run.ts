import type { Test } from 'tap'
import type { PlannedFault } from './faults/havoc.ts'
import type { Mode } from './options.ts'
import { isFlawless, report } from './report.ts'
import { forget, run } from './run.ts'

/** Some seconds of chaos: this happens, and then nothing is lost, misdelivered, left behind, or a copy without a cause. */
export async function shortRun(t: Test, mode: Mode, plan: readonly PlannedFault[]): Promise<void> {
  const interruption = new AbortController()
  t.teardown(() => interruption.abort())
  const said: string[] = []
  const chaosMs = Math.max(...plan.map(({ atMs }) => atMs)) + 500
  const options = { mode, seed: 7, chaosMs, clients: 40, instances: 2, perPlace: 1, rate: 15 }
  const { signal } = interruption
  const result = await run(options, {
    signal,
    say: (line) => said.push(line),
    // However long an instance takes to come back on this machine: the next one goes down after that.
    plan: plan.map((fault) => ({ ...fault, must: true })),
    hurried: true,
  })
  const told = `\n${report(options, result)}\n${said.join('\n')}`
  const { account, faults, remains } = result
  t.same(account.lost, [], `nothing is lost${told}`)
  t.same(account.misdelivered, [], 'nothing is misdelivered')
  t.same(account.misplaced, [], 'every notification that waits or is a dead letter ought to be')
  t.same([account.unexplained, account.renamed], [[], []], 'every copy has a cause, and the same id')
  t.same(account.late, [], 'nothing is handed over after it has expired')
  t.same(account.receipts.false, [], 'no receipt is false')
  t.same(account.receipts.missing, [], 'no receipt is missing')
  t.ok(account.receipts.told > 0, 'senders were told what became of their notifications')
  t.ok(account.delivered > (options.rate * chaosMs) / 4_000, 'much was delivered')
  t.equal(result.woken > 0, mode === 1, 'clients that sleep are woken in mode 1')
  t.ok(account.waiting > 0, 'some was for clients that never came')
  for (const { name, count, allowed } of remains) t.ok(allowed || count === 0, `no ${name}`)
  t.equal(result.stuck + result.crashed, 0, 'every process left when it was asked to, and none before')
  for (const kind of new Set(plan.map(({ kind }) => kind))) t.ok(faults.get(kind), kind)
  if (isFlawless(result)) await forget(result)
}
