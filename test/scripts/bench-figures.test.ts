import { readFileSync } from 'node:fs'
import t from 'tap'
import { growthPlot, withFigures } from '../../scripts/bench/figures.ts'
import type { Latency } from '../../scripts/bench/latency.ts'
import { readOptions } from '../../scripts/bench/options.ts'
import { figuresIn } from '../../scripts/bench/page-tables.ts'
import { report } from '../../scripts/bench/report.ts'
import { type Results, thisMachine } from '../../scripts/bench/results.ts'
import type { Stage } from '../../scripts/bench/sweep.ts'

/** Returns a load that took so many cores for 1,000 deliveries a second. */
const load = (serverCores: number): Latency => ({
  ...{ p50: serverCores, p99: 10 * serverCores, p999: 9, longest: 9, generatorLateP99: 1, deliveriesPerSecond: 1_000 },
  ...{ serverCores, databaseCores: 0.05, generatorCores: 0.1, queueCallsPerDelivery: 2 },
  deliveriesPerCpuSecond: 1_000 / serverCores,
})
const pair = { bare: load(0.1), service: load(0.2) }
const stage = (clients: number, cores: number): Stage => ({
  ...load(cores),
  clients,
  residentKiB: 100 * 1_024 + clients,
})
const sized = (cores: number) => ({ kiBPerPoll: 14, load: load(cores), latency: load(cores) })
const arrival = (cpuSeconds: number) => ({ first: { cpuSeconds, seconds: 1 }, again: { cpuSeconds, seconds: 1 } })
const held = { polls: 10, kiBPerPoll: 12.5, emptyKiB: 100, heldKiB: 225 }

function everything(): Results {
  const options = readOptions([])
  if (options === null) throw new Error('no options')
  const fine = { published: 5, delivered: 5, lost: 0, duplicated: 0, misdelivered: 0 }
  return {
    machine: thisMachine(),
    options,
    notes: [],
    throughput: [pair],
    publishing: [pair],
    callbacks: [pair],
    mode2: { throughput: [pair], memory: [{ bare: held, service: held }] },
    memory: [{ bare: held, service: held }],
    newcomers: [{ bare: { ...arrival(0.5), writes: 0 }, service: { ...arrival(1), writes: 40 } }],
    latency: [pair],
    usual: options.plan.usual.rates.map((rate) => ({ rate, bare: load(0.1), queue: load(0.3), http: load(0.4) })),
    growth: { bare: [stage(100, 0.1), stage(18_000, 0.1)], service: [stage(100, 0.2), stage(18_000, 0.25)] },
    semiSpace: { bare: sized(0.1), service: options.plan['semi-space'].sizes.map((size) => ({ size, ...sized(0.2) })) },
    sending: [],
    accounts: { bare: fine, service: { ...fine, unacknowledged: 0 } },
  }
}

t.test('the report has the ratio to the bare server for every measurement', async (t) => {
  const text = report(everything())
  for (const title of ['over the queue', 'POST /notifications', 'POST /callback', 'Mode 2', 'Newcomers', 'Growth']) {
    t.match(text, title)
  }
  t.match(text, /cores, server +0\.10 +0\.20 +2\.00/)
  t.match(text, /Usual load, 5,000 clients, 100 deliveries\/s over POST[^\n]*\n[^\n]*\n +p50, ms +0\.10 +0\.40 +4\.00/)
  t.match(text, /18,000 +4,000 +10,000 +0\.40 +118 +118 +1\.00/)
  t.match(text, /32 MiB +5,000 +0\.50 +14\.0 +1\.00/)
  t.match(text, /reconnecting, CPU s +0\.50 +1\.00 +2\.00/)
})

t.test('the tables of the page have every path, rate and size, each with its ratio', async (t) => {
  const tables = figuresIn(everything())
  t.match(tables, /\| +bare \| +SQS \| +`POST \/notifications` \| +callbacks \| +mode 2 \|/)
  t.match(tables, /deliveries per CPU second +\| +10,000 \| +5,000 \(0\.50\) \|/)
  t.match(tables, /2,000\/s, SQS +\| +0\.30 \(3\.00\) \|/)
  t.match(tables, /100\/s, `POST \/notifications` +\| +0\.40 \(4\.00\) \|/)
  for (const size of [1, 2, 4, 8, 16, 32]) t.match(tables, new RegExp(`^\\| ${size} +\\| +5,000 \\(0\\.50\\)`, 'm'))
  t.match(tables, /writing transactions for the newcomers +\| +0 \| +40 \|/)
  for (const block of tables.split('\n\n').filter((text) => text.startsWith('|'))) {
    const cells = block.split('\n').map((line) => line.split(' | ').length)
    t.equal(new Set(cells).size, 1, 'every row has as many cells as the head')
  }
})

t.test('a run without a measurement writes no table for it', async (t) => {
  const none = { throughput: [], publishing: [], callbacks: [], memory: [], newcomers: [], latency: [], usual: [] }
  const tables = figuresIn({ ...everything(), ...none, mode2: { throughput: [], memory: [] }, semiSpace: null })
  t.notMatch(tables, '|')
})

t.test('new tables take the place of the earlier ones, and nothing else of the page changes', async (t) => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  const once = withFigures(page, 'first')
  t.equal(withFigures(once, 'second'), withFigures(page, 'second'))
  t.match(once, 'first')
  t.match(once, /\n## What this does not show\n/)
  t.throws(() => withFigures('another page', 'x'), /has no line/)
})

t.test('the plot is well-formed, and has both servers, their stages, and colours for light and dark', async (t) => {
  const { growth } = everything()
  if (growth === null) throw new Error('no growth')
  const svg = growthPlot(growth)
  const open: string[] = []
  for (const [, end, name = '', self] of svg.matchAll(/<(\/?)([a-z]+)(?:[^<>"]|"[^"<]*")*?(\/?)>/g)) {
    if (self === '/') continue
    if (end === '/') t.equal(open.pop(), name)
    else open.push(name)
  }
  t.same(open, [])
  t.notMatch(svg, /NaN|Infinity|undefined/)
  t.match(svg, 'prefers-color-scheme: dark')
  for (const text of ['service', 'bare node:http', '18,000', 'Deliveries per CPU second', 'MiB']) t.match(svg, text)
  t.equal(svg.match(/<circle/g)?.length, 8, 'a dot for each stage of each server in each chart')
})
