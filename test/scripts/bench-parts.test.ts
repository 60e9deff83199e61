import t from 'tap'
import { HttpReader } from '../../scripts/bench/http-reader.ts'
import { bodyOf, deliveriesIn, Ledger } from '../../scripts/bench/ledger.ts'
import { fitToOpenFiles, readOptions } from '../../scripts/bench/options.ts'
import { isFlawless, type Results, report } from '../../scripts/bench/report.ts'
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
  t.same(readOptions([])?.only, ['throughput', 'memory', 'latency'])
  t.same(readOptions(['--only', 'memory,latency'])?.only, ['memory', 'latency'])
  t.same(readOptions(['--node-flags', '--max-semi-space-size=4  --no-opt'])?.nodeFlags, [
    '--max-semi-space-size=4',
    '--no-opt',
  ])
  t.equal(readOptions(['--pairs', '7'])?.plan.memory.pairs, 7)
  t.equal(readOptions(['--json', 'numbers.json'])?.jsonFile, 'numbers.json')
  t.equal(readOptions(['--help']), null)
  t.throws(() => readOptions(['--only', 'speed']), /expected one of throughput, memory, latency/)
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
  t.equal(small.notes.length, 3)
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

t.test('the report says when a delivery has failed', async (t) => {
  const options = readOptions([])
  if (!options) throw new Error('no options')
  const fine = { published: 5, delivered: 5, lost: 0, duplicated: 0, misdelivered: 0 }
  const results = (service: object): Results => ({
    options,
    notes: [],
    throughput: [],
    memory: [],
    latency: [],
    accounts: { bare: fine, service: { ...fine, unacknowledged: 0, ...service } },
  })
  t.ok(isFlawless(results({}).accounts))
  t.notMatch(report(results({})), 'Some deliveries failed')
  for (const wrong of [{ lost: 1 }, { duplicated: 1 }, { misdelivered: 1 }, { unacknowledged: 1 }]) {
    t.notOk(isFlawless(results(wrong).accounts))
    t.match(report(results(wrong)), 'Some deliveries failed')
  }
})
