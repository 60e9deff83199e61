import t from 'tap'
import { HttpReader } from '../../scripts/bench/http-reader.ts'
import type { Latency } from '../../scripts/bench/latency.ts'
import { bodyOf, deliveriesIn, Ledger } from '../../scripts/bench/ledger.ts'
import { readOptions } from '../../scripts/bench/options.ts'
import { fitToOpenFiles, measurements } from '../../scripts/bench/plans.ts'
import { isFlawless, report } from '../../scripts/bench/report.ts'
import { type Results, thisMachine } from '../../scripts/bench/results.ts'
import { sendingSection } from '../../scripts/bench/sending-report.ts'
import { median, percentile } from '../../scripts/bench/statistics.ts'

t.test('the ledger counts lost, duplicated and misdelivered deliveries', async (t) => {
  const ledger = new Ledger(2)
  for (let n = 0; n < 4; n++) t.equal(ledger.publish(0), n)
  ledger.publish(1)

  t.ok(ledger.receive(0, 0, 2), 'deliveries may come out of order')
  t.ok(ledger.receive(0, 0, 0))
  t.notOk(ledger.receive(0, 0, 2), 'a duplicate, before earlier deliveries have come')
  t.ok(ledger.receive(0, 0, 1))
  t.notOk(ledger.receive(0, 0, 2), 'a duplicate, after earlier deliveries have come')
  t.notOk(ledger.receive(0, 0, 0), 'twice')
  t.notOk(ledger.receive(0, 1, 0), 'a delivery for another client')
  t.notOk(ledger.receive(1, 1, 1), 'a delivery that was never published')
  t.equal(ledger.outstanding, 2)
  t.same(ledger.close(), { published: 5, delivered: 3, lost: 2, duplicated: 3, misdelivered: 2 })
})

t.test('deliveries are found in any text', async (t) => {
  const text = JSON.stringify({ notifications: [{ body: bodyOf(17, 3) }, { body: bodyOf(17, 4) }] })
  t.same(
    [...deliveriesIn(text)],
    [
      { addressee: 17, number: 3 },
      { addressee: 17, number: 4 },
    ],
  )
  t.same([...deliveriesIn('delivery 17 3')], [], 'a truncated delivery does not count')
})

t.test('HTTP messages are read from chunks of any size', async (t) => {
  const stream = Buffer.from(
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello' +
      'HTTP/1.1 204 No Content\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  )
  for (let cut = 0; cut <= stream.length; cut++) {
    const bodies: string[] = []
    const reader = new HttpReader(({ body }) => bodies.push(body))
    reader.read(stream.subarray(0, cut))
    reader.read(stream.subarray(cut))
    t.same(bodies, ['hello', '', ''], `cut at ${cut}`)
  }
})

t.test('the command line is parsed, and its faults are named', async (t) => {
  t.same(readOptions([])?.only, measurements)
  t.same(readOptions(['--only', 'memory,latency'])?.only, ['memory', 'latency'])
  t.same(readOptions(['--node-flags', '--max-semi-space-size=4  --no-opt'])?.nodeFlags, [
    '--max-semi-space-size=4',
    '--no-opt',
  ])
  t.equal(readOptions(['--pairs', '7'])?.plan.memory.pairs, 7)
  t.equal(readOptions(['--json', 'numbers.json'])?.jsonFile, 'numbers.json')
  t.equal(readOptions(['--help']), null)
  t.throws(() => readOptions(['--only', 'speed']), /expected one of throughput, .*sending/)
  t.throws(() => readOptions(['--pairs', '0']), /whole number/)
  t.throws(() => readOptions(['--fast']))
})

t.test('a low limit of open files reduces the clients, and a note says so', async (t) => {
  const { plan } = readOptions([]) ?? {}
  if (!plan) throw new Error('no plan')
  t.same(fitToOpenFiles(plan, 1_000_000), { plan, notes: [] })
  const small = fitToOpenFiles(plan, 1_024)
  t.equal(small.plan.memory.clients, 824)
  t.equal(small.plan.latency.clients, 412, 'both servers have clients at the same time')
  t.equal(small.plan.sending.clients, 200)
  t.equal(small.notes.length, 10)
})

t.test('medians and percentiles are those of the numbers', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.ok(Number.isNaN(median([])))
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
  t.equal(percentile(hundred, 0.99), 99)
  t.equal(percentile(hundred, 1), 100)
  t.ok(Number.isNaN(percentile([], 0.5)))
})

t.test('the report has the ways to send beside each other, and the extra latency of each', async (t) => {
  const latency = (p50: number, serverCores: number): Latency => ({
    ...{ p50, p99: 9, p999: 9, longest: 9, generatorLateP99: 1, deliveriesPerSecond: 500, deliveriesPerCpuSecond: 1 },
    ...{ serverCores, databaseCores: 0.05, generatorCores: 0.1, queueCallsPerDelivery: 2 },
  })
  const round = { queue: latency(2, 0.2), lookUp: latency(4, 0.3), intake: latency(7, 0.5), http: latency(5, 0.4) }
  const lines = sendingSection([round, round], { clients: 500, rate: 500, pairs: 2, runInMs: 0, windowMs: 0 })
  const cells = (name: string) =>
    lines
      .find((line) => line.includes(name))
      ?.slice(32)
      .trim()
      .split(/ +/)
  t.same(cells('CPU ms per 1,000, instances'), ['400', '600', '1000', '800'])
  t.same(cells('CPU ms per 1,000, PostgreSQL'), ['100', '100', '100', '100'])
  t.same(cells('p50 beyond that of queue'), ['0.0', '2.0', '5.0', '3.0'])
  t.same(cells('p50 beyond look-up'), ['-2.0', '0.0', '3.0', '1.0'])
  t.same(sendingSection([], { clients: 1, rate: 1, pairs: 1, runInMs: 0, windowMs: 0 }), [])
})

t.test('the report says when a delivery has failed', async (t) => {
  const options = readOptions([])
  if (!options) throw new Error('no options')
  const fine = { published: 5, delivered: 5, lost: 0, duplicated: 0, misdelivered: 0 }
  const results = (service: object): Results => ({
    machine: thisMachine(),
    options,
    notes: [],
    throughput: [],
    publishing: [],
    callbacks: [],
    mode2: { throughput: [], memory: [] },
    memory: [],
    newcomers: [],
    latency: [],
    usual: [],
    growth: null,
    semiSpace: null,
    sending: [],
    accounts: { bare: fine, service: { ...fine, unacknowledged: 0, ...service } },
  })
  t.ok(isFlawless(results({}).accounts))
  t.notMatch(report(results({})), 'Some deliveries failed')
  for (const wrong of [{ lost: 1 }, { duplicated: 1 }, { misdelivered: 1 }, { unacknowledged: 1 }]) {
    t.notOk(isFlawless(results(wrong).accounts))
    t.match(report(results(wrong)), 'Some deliveries failed')
  }
})
