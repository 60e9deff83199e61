import t from 'tap'
import { runLatency, runMemory, runThroughput } from '../../scripts/bench/run.ts'
import { startSendersTarget } from '../../scripts/bench/senders-target.ts'
import { runSending } from '../../scripts/bench/sending.ts'
import { ways } from '../../scripts/bench/ways.ts'
import { deliversAllOnce, loop, startBench } from './small-bench.ts'

t.test('a small run of the throughput delivers everything once, and has a number for each server', async (t) => {
  const { bench } = await startBench(t)
  const [load] = await runThroughput(bench, 'service', loop)
  t.ok(load && load.bare.deliveriesPerSecond > 0 && load.service.deliveriesPerSecond > 0)
  t.ok(load && load.service.queueCallsPerDelivery > 0, 'the acknowledgements reach the queue')
  deliversAllOnce(t, bench)
})

t.test('small runs of the other measurements deliver everything once, and have a number for each', async (t) => {
  const { bench, needs } = await startBench(t)
  const [sending] = await runSending(bench, () => startSendersTarget(needs), { ...loop, rate: 100 })
  for (const way of ways) t.ok(sending && sending[way].p50 > 0, way)
  t.ok(sending && sending.http.databaseCores >= 0)
  for (const fed of ['publishing', 'callbacks'] as const) {
    const [stored] = await runThroughput(bench, fed, loop)
    t.ok(stored && stored.service.p99 >= stored.service.p50 && stored.service.p50 > 0, fed)
  }
  const [memory] = await runMemory(bench, 'service', { clients: 100, pairs: 1, settleMs: 100 })
  t.ok(memory && memory.bare.heldKiB > 0 && memory.service.heldKiB > 0)
  const [latency] = await runLatency(bench, { ...loop, rate: 200 })
  t.ok(latency && latency.bare.p99 > 0 && latency.service.p99 >= latency.service.p50)
  deliversAllOnce(t, bench)
})
