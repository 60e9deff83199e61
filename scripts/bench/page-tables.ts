import { cpuMsPerThousand, databaseMsPerThousand } from './meter.ts'
import { usualPairs } from './report.ts'
import type { Pair, Results, SemiSpace } from './results.ts'
import { median } from './statistics.ts'
import { count, hundredths, ratioOf, ratios, tenths } from './table.ts'

/** Returns the tables of the page about performance, in Markdown. */
export function figuresIn(results: Results): string {
  const { machine, semiSpace } = results
  const at = machine.at.slice(0, 10)
  return [
    `Measured on ${at} with Node ${machine.node} on ${machine.cores} cores (${machine.cpu}); the load average before was ` +
      `${tenths(machine.loadBefore)}. Medians; in parentheses the ratio to the bare server in the same pairs.`,
    ...loops(results),
    ...usual(results),
    ...memory(results),
    ...(semiSpace === null ? [] : semiSpaceTable(semiSpace, results)),
  ].join('\n\n')
}

function loops({ throughput, publishing, callbacks, mode2, options }: Results): string[] {
  const paths = [
    { title: 'SQS', pairs: throughput },
    { title: '`POST /notifications`', pairs: publishing },
    { title: 'callbacks', pairs: callbacks },
    { title: 'mode 2', pairs: mode2.throughput },
  ].filter(({ pairs }) => pairs.length > 0)
  const [first] = paths
  if (first === undefined) return []
  type Round = (typeof throughput)[number]['bare']
  const row = (name: string, format: (value: number) => string, value: (round: Round) => number) => [
    name,
    format(median(first.pairs.map(({ bare }) => value(bare)))),
    ...paths.map(({ pairs }) => withRatio(pairs, format, value)),
  ]
  const clients = count(options.plan.throughput.clients)
  return [
    `**As fast as it goes**: ${clients} clients (mode 2: ${count(options.plan['mode-2'].clients)}), each with one delivery in flight.`,
    table([
      ['', 'bare', ...paths.map(({ title }) => title)],
      row('deliveries per CPU second', count, ({ deliveriesPerCpuSecond }) => deliveriesPerCpuSecond),
      row('deliveries per second', count, ({ deliveriesPerSecond }) => deliveriesPerSecond),
      row('server CPU for 1,000, ms', tenths, cpuMsPerThousand),
      row('PostgreSQL CPU for 1,000, ms', tenths, databaseMsPerThousand),
      row('p99, ms', tenths, ({ p99 }) => p99),
    ]),
  ]
}

function usual({ usual, latency, options: { plan } }: Results): string[] {
  const loads = plan.usual.rates.flatMap((rate) => [
    { title: `${count(rate)}/s, SQS`, pairs: usualPairs(usual, rate, 'queue') },
    { title: `${count(rate)}/s, \`POST /notifications\``, pairs: usualPairs(usual, rate, 'http') },
  ])
  const all = [...loads, { title: `${count(plan.latency.rate)}/s, SQS`, pairs: latency }].filter(
    ({ pairs }) => pairs.length > 0,
  )
  if (all.length === 0) return []
  return [
    `**At a fixed rate** (open loop): ${count(plan.usual.clients)} clients; each delivery is timed from when it was due.`,
    table([
      ['', 'cores', 'p50, ms', 'p99, ms'],
      ...all.map(({ title, pairs }) => [
        title,
        withRatio(pairs, hundredths, ({ serverCores }) => serverCores),
        withRatio(pairs, hundredths, ({ p50 }) => p50),
        withRatio(pairs, tenths, ({ p99 }) => p99),
      ]),
    ]),
  ]
}

function memory({ memory, mode2, newcomers, options: { plan } }: Results): string[] {
  const rows = [
    [`KiB per held poll, ${count(plan.memory.clients)} polls`, memory, tenths, 'kiBPerPoll'] as const,
    [
      `KiB per client of mode 2 with its open receive, ${count(plan['mode-2'].clients)}`,
      mode2.memory,
      tenths,
      'kiBPerPoll',
    ] as const,
  ].filter(([, pairs]) => pairs.length > 0)
  const held = rows.map(([name, pairs, format, key]) => cells(name, pairs, format, (round) => round[key]))
  const arrivals =
    newcomers.length === 0
      ? []
      : [
          cells(
            `CPU s for ${count(plan.newcomers.clients)} newcomers`,
            newcomers,
            hundredths,
            ({ first }) => first.cpuSeconds,
          ),
          cells('CPU s when they reconnect', newcomers, hundredths, ({ again }) => again.cpuSeconds),
          cells('writing transactions for the newcomers', newcomers, count, ({ writes }) => writes),
        ]
  if (held.length + arrivals.length === 0) return []
  return ['**Holding clients.**', table([['', 'bare', 'service'], ...held, ...arrivals])]
}

function semiSpaceTable({ bare, service }: SemiSpace, { options: { plan } }: Results): string[] {
  const { clients, rate } = plan['semi-space']
  const ratio = (value: number, ofBare: number) => ` (${ratioOf(value / ofBare)})`
  return [
    `**The young generation**: \`--max-semi-space-size\`, ${count(clients)} clients, a process for each size. Throughput with ` +
      `1,000 deliveries in flight; cores and latency at ${count(rate)}/s. \`npm start\` and the image use 4.`,
    table([
      ['MiB', 'deliveries per CPU second', 'KiB per held poll', 'cores', 'p50, ms', 'p99, ms'],
      ...[
        { title: 'bare, default', ...bare },
        ...service.map((sized) => ({ title: String(sized.size), ...sized })),
      ].map(({ title, load, kiBPerPoll, latency }) => [
        title,
        count(load.deliveriesPerCpuSecond) + ratio(load.deliveriesPerCpuSecond, bare.load.deliveriesPerCpuSecond),
        tenths(kiBPerPoll) + ratio(kiBPerPoll, bare.kiBPerPoll),
        hundredths(latency.serverCores) + ratio(latency.serverCores, bare.latency.serverCores),
        hundredths(latency.p50) + ratio(latency.p50, bare.latency.p50),
        tenths(latency.p99) + ratio(latency.p99, bare.latency.p99),
      ]),
    ]),
  ]
}

function cells<Round>(
  name: string,
  pairs: readonly Pair<Round>[],
  format: (value: number) => string,
  value: (round: Round) => number,
): string[] {
  return [name, format(median(pairs.map(({ bare }) => value(bare)))), withRatio(pairs, format, value)]
}

function withRatio<Round>(
  pairs: readonly Pair<Round>[],
  format: (value: number) => string,
  value: (round: Round) => number,
): string {
  const ratio = median(ratios(pairs, value))
  const shown = format(median(pairs.map(({ service }) => value(service))))
  return Number.isFinite(ratio) ? `${shown} (${ratioOf(ratio)})` : shown
}

/** Returns a table in Markdown; the first row is its head, and all columns but the first are numbers. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 3))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const [head = [], ...body] = rows
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), `| ${rule.join(' | ')} |`, ...body.map(line)].join('\n')
}
