import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { bareTarget } from '../../scripts/bench/bare-target.ts'
import { Fleet } from '../../scripts/bench/fleet.ts'
import { type Progress, progressOn } from '../../scripts/bench/progress.ts'
import { Accounts, type Bench, runLatency, runMemory, runThroughput } from '../../scripts/bench/run.ts'
import { startSendersTarget } from '../../scripts/bench/senders-target.ts'
import { runSending } from '../../scripts/bench/sending.ts'
import { serviceTarget } from '../../scripts/bench/service-target.ts'
import { storingTarget } from '../../scripts/bench/storing-target.ts'
import { mintTokens } from '../../scripts/bench/tokens.ts'
import { ways } from '../../scripts/bench/ways.ts'
import { startIssuer } from '../../scripts/stack/issuer.ts'
import { startPostgres } from '../../scripts/stack/postgres.ts'
import { keptSigningKey } from '../../scripts/stack/signing-key.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const clients = 20
const nothingWrong = { lost: 0, duplicated: 0, misdelivered: 0 }

function quiet(): Progress {
  return progressOn({ write() {} }, new AbortController().signal)
}

async function startBench(t: Test) {
  const folder = await temporaryFolder(t)
  const key = await keptSigningKey(`${folder}/key.json`)
  const issuer = await startIssuer(key, [])
  t.teardown(() => issuer[Symbol.asyncDispose]())
  const postgres = await startPostgres(`${folder}/postgres`, { wanted: [], durable: false })
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const tokens = await mintTokens(key, 100)
  const leaving: Promise<void>[] = []
  t.teardown(() => Promise.all(leaving))
  const needs = { postgres, issuer, tokens, key, nodeFlags: [] }
  const targets = {
    bare: bareTarget(tokens),
    service: serviceTarget(needs),
    publishing: storingTarget(needs, 'publication'),
    callbacks: storingTarget(needs, 'callback'),
  }
  const bench: Bench = { targets, accounts: new Accounts(), progress: quiet(), leaving }
  return { bench, needs }
}

t.test('a small run of all measurements delivers everything once, and has a number for each', async (t) => {
  const { bench, needs } = await startBench(t)
  const loop = { clients, pairs: 1, runInMs: 100, windowMs: 300 }
  const [load] = await runThroughput(bench, 'service', loop)
  t.ok(load && load.bare.deliveriesPerSecond > 0 && load.service.deliveriesPerSecond > 0)
  t.ok(load && load.service.queueCallsPerDelivery > 0, 'the acknowledgements reach the queue')
  for (const fed of ['publishing', 'callbacks'] as const) {
    const [stored] = await runThroughput(bench, fed, loop)
    t.ok(stored && stored.service.p99 >= stored.service.p50 && stored.service.p50 > 0, fed)
  }
  const [memory] = await runMemory(bench, { clients: 100, pairs: 1, settleMs: 100 })
  t.ok(memory && memory.bare.heldKiB > 0 && memory.service.heldKiB > 0)
  const [latency] = await runLatency(bench, { clients, rate: 200, pairs: 1, runInMs: 100, windowMs: 300 })
  t.ok(latency && latency.bare.p99 > 0 && latency.service.p99 >= latency.service.p50)
  const plan = { clients, rate: 100, pairs: 1, runInMs: 100, windowMs: 300 }
  const [sending] = await runSending(bench, () => startSendersTarget(needs), plan)
  for (const way of ways) t.ok(sending && sending[way].p50 > 0, way)
  t.ok(sending && sending.http.databaseCores >= 0)
  const { bare, service } = bench.accounts.total
  t.match(bare, { ...nothingWrong, delivered: bare.published })
  t.match(service, { ...nothingWrong, delivered: service.published, unacknowledged: 0 })
  t.ok(bare.published > 0 && service.published > 0)
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
