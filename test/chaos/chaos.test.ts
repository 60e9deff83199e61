import t from 'tap'
import type { PlannedFault } from '../../scripts/chaos/faults.ts'
import { isFlawless, report } from '../../scripts/chaos/report.ts'
import { forget, run } from '../../scripts/chaos/run.ts'

/** Short, and with everything in it that can go wrong but a pause: what that does takes a fence of 20 s to show. */
const plan: PlannedFault[] = [
  { atMs: 500, kind: 'kill instance', forMs: 500 },
  { atMs: 1_500, kind: 'cut connections', forMs: null },
  { atMs: 2_500, kind: 'SQS errors', forMs: 1_500 },
  { atMs: 3_500, kind: 'cut connections', forMs: null },
  { atMs: 4_500, kind: 'kill database', forMs: 500 },
  { atMs: 6_500, kind: 'SQS answers lost', forMs: 1_000 },
  { atMs: 7_500, kind: 'cut connections', forMs: null },
  { atMs: 8_000, kind: 'drain instance', forMs: null },
  { atMs: 9_000, kind: 'cut connections', forMs: null },
]
const options = { seed: 7, chaosMs: 10_000, clients: 40, instances: 3, rate: 15 }

t.test('nothing is lost or misdelivered while processes are killed, connections cut and calls failed', async (t) => {
  const interruption = new AbortController()
  t.teardown(() => interruption.abort())
  const said: string[] = []
  const result = await run(options, {
    signal: interruption.signal,
    say: (line) => said.push(line),
    plan,
    hurried: true,
  })
  const told = `\n${report(options, result)}\n${said.join('\n')}`
  const { account, faults } = result
  t.same(account.lost, [], `nothing is lost${told}`)
  t.same(account.misdelivered, [], 'nothing is misdelivered')
  t.same(account.unexplained, [], 'every copy has a cause')
  t.equal(account.waiting + account.deadLettered, 0, 'all clients stayed, so all of it was delivered')
  t.ok(account.delivered > 50, 'much was delivered')
  t.equal(result.sessionsLeft, 0, 'no session outlives its client')
  t.equal(result.stuck + result.crashed, 0, 'every process left when it was asked to, and none before')
  for (const kind of ['kill instance', 'drain instance', 'kill database', 'SQS errors', 'cut connections'] as const) {
    t.ok(faults.get(kind), kind)
  }
  if (isFlawless(result)) await forget(result)
})
