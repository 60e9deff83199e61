import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { bareTarget } from '../../scripts/bench/bare-target.ts'
import { Fleet } from '../../scripts/bench/fleet.ts'
import { runThroughput } from '../../scripts/bench/run.ts'
import { deliversAllOnce, loop, startBench } from './small-bench.ts'

t.test('a small run of the throughput delivers everything once, and has a number for each server', async (t) => {
  const { bench } = await startBench(t)
  const [load] = await runThroughput(bench, 'service', loop)
  t.ok(load && load.bare.deliveriesPerSecond > 0 && load.service.deliveriesPerSecond > 0)
  t.ok(load && load.service.queueCallsPerDelivery > 0, 'the acknowledgements reach the queue')
  deliversAllOnce(t, bench)
})

t.test('a server that answers the wrong client is detected', async (t) => {
  const target = await bareTarget(['token', 'token'])()
  t.teardown(() => target.stop())
  // Each client polls with the token of the other.
  const fleet = new Fleet({ ...target, pollOf: (client) => target.pollOf(1 - client) }, 2)
  t.teardown(() => fleet.close())
  await fleet.connect(2)
  fleet.publish(0)
  while (fleet.ledger.close().misdelivered === 0) await pause(5)
  t.match(fleet.ledger.close(), { published: 1, delivered: 0, lost: 1, misdelivered: 1 })
})

t.test('a server that has ended is reported', async (t) => {
  const target = await bareTarget(['token'])()
  t.teardown(() => target.stop())
  const fleet = new Fleet(target, 1)
  t.teardown(() => fleet.close())
  await fleet.connect(1)
  process.kill(target.pids[0] ?? 0, 'SIGKILL')
  fleet.publish(0)
  await t.rejects(fleet.settle(new AbortController().signal), /bare: .*(closed|failed|ended)/s)
})
