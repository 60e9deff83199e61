import type { Plan } from './plans.ts'
import type { Growth, SemiSpace } from './results.ts'
import { count, hundredths, ratioOf, tenths } from './table.ts'

/** Returns the lines of both servers with more and more clients. */
export function growthSection(growth: Growth | null): string[] {
  if (growth === null) return []
  return [
    '',
    'Growth: first the bare server, then the service; at most 1,000 deliveries in flight, spread over all clients',
    lineOf('  clients', ['per CPU s', 'bare', 'ratio', 'MiB', 'bare', 'ratio']),
    ...growth.service.map((stage, i) => {
      const bare = growth.bare[i] ?? stage
      return lineOf(`  ${count(stage.clients)}`, [
        count(stage.deliveriesPerCpuSecond),
        count(bare.deliveriesPerCpuSecond),
        ratioOf(stage.deliveriesPerCpuSecond / bare.deliveriesPerCpuSecond),
        count(stage.residentKiB / 1_024),
        count(bare.residentKiB / 1_024),
        ratioOf(stage.residentKiB / bare.residentKiB),
      ])
    }),
  ]
}

/** Returns the lines of the sizes of the young generation. The bare server has Node's default. */
export function semiSpaceSection(semiSpace: SemiSpace | null, { clients, rate }: Plan['semi-space']): string[] {
  if (semiSpace === null) return []
  const { bare, service } = semiSpace
  const rows = [{ title: '  bare', sized: bare }, ...service.map((sized) => ({ title: `  ${sized.size} MiB`, sized }))]
  return [
    '',
    `--max-semi-space-size, ${count(clients)} clients, one process each; latency at ${count(rate)}/s`,
    lineOf('', ['per CPU s', 'ratio', 'KiB/poll', 'ratio', 'p50, ms', 'p99, ms', 'ratio', 'cores']),
    ...rows.map(({ title, sized: { load, kiBPerPoll, latency } }) =>
      lineOf(title, [
        count(load.deliveriesPerCpuSecond),
        ratioOf(load.deliveriesPerCpuSecond / bare.load.deliveriesPerCpuSecond),
        tenths(kiBPerPoll),
        ratioOf(kiBPerPoll / bare.kiBPerPoll),
        tenths(latency.p50),
        tenths(latency.p99),
        ratioOf(latency.p99 / bare.latency.p99),
        hundredths(latency.serverCores),
      ]),
    ),
  ]
}

function lineOf(first: string, cells: readonly string[]): string {
  return `${first.padEnd(12)}${cells.map((cell) => cell.padStart(11)).join('')}`
}
