import t from 'tap'
import { earlierClients } from '../../scripts/bench/newcomers.ts'
import { runMemory, runNewcomers, runThroughput } from '../../scripts/bench/run.ts'
import { runGrowth, runSemiSpace, runUsual } from '../../scripts/bench/run-sweeps.ts'
import { serviceTarget } from '../../scripts/bench/service-target.ts'
import { countWrites } from '../../scripts/bench/stored-rows.ts'
import { deliversAllOnce, loop, startBench } from './small-bench.ts'

const short = { ...loop, settleMs: 100 }

t.test('sweeps, newcomers and mode 2 deliver everything once, and have a number for each', async (t) => {
  const { bench, needs, postgres } = await startBench(t, 100 + earlierClients)
  const undo = new AsyncDisposableStack()
  t.teardown(() => undo.disposeAsync())

  const [mode2] = await runThroughput(bench, 'mode-2', { ...short, clients: 20 })
  t.ok(mode2 && mode2.service.deliveriesPerSecond > 0)
  const [memory] = await runMemory(bench, 'mode-2', { ...short, clients: 50 })
  t.ok(memory && memory.service.heldKiB > 0)

  const [newcomers] = await runNewcomers(bench, { clients: 100, pairs: 1 }, countWrites(postgres, undo))
  t.ok(newcomers && newcomers.service.first.seconds > 0 && newcomers.service.again.seconds > 0)
  t.ok(newcomers && newcomers.service.writes > 0 && newcomers.bare.writes === 0, 'sessions are written in transactions')

  const usual = await runUsual(bench, { ...short, clients: 20, rates: [200, 50] })
  t.same(
    usual.map(({ rate }) => rate),
    [200, 50],
  )
  for (const { bare, queue, http } of usual) for (const { p50, p99 } of [bare, queue, http]) t.ok(p99 >= p50 && p50 > 0)

  const growth = await runGrowth(bench, { ...short, clients: 50, stages: [10, 50, 100] })
  for (const stages of [growth.bare, growth.service]) {
    t.same(
      stages.map(({ clients }) => clients),
      [10, 50],
      'stages beyond the number of clients are left out',
    )
    for (const { residentKiB, deliveriesPerSecond } of stages) t.ok(residentKiB > 0 && deliveriesPerSecond > 0)
  }

  const flags: (readonly string[])[] = []
  const semiSpace = await runSemiSpace(bench, { ...short, clients: 50, sizes: [1, 8], rate: 100 }, (nodeFlags) => {
    flags.push(nodeFlags)
    return serviceTarget({ ...needs, nodeFlags })
  })
  t.same(flags, [['--max-semi-space-size=1'], ['--max-semi-space-size=8']])
  t.same(
    semiSpace.service.map(({ size }) => size),
    [1, 8],
  )
  for (const { load, latency } of semiSpace.service) t.ok(load.deliveriesPerSecond > 0 && latency.p99 > 0)

  deliversAllOnce(t, bench)
})
