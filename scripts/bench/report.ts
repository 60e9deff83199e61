import type { Latency } from './latency.ts'
import type { Account } from './ledger.ts'
import type { Memory } from './memory.ts'
import { cpuMsPerThousand, databaseMsPerThousand } from './meter.ts'
import type { Options } from './options.ts'
import type { LoopPlan } from './plans.ts'
import { type SendingRound, sendingSection } from './sending-report.ts'
import { median } from './statistics.ts'
import type { Throughput } from './throughput.ts'

/** A round of the bare server and a round of the service, one right after the other. */
export interface Pair<Round> {
  readonly bare: Round
  readonly service: Round
}

/** All results of a run. */
export interface Results {
  readonly options: Options
  readonly notes: readonly string[]
  readonly throughput: readonly Pair<Throughput>[]
  readonly publishing: readonly Pair<Throughput>[]
  readonly callbacks: readonly Pair<Throughput>[]
  readonly memory: readonly Pair<Memory>[]
  readonly latency: readonly Pair<Latency>[]
  readonly sending: readonly SendingRound[]
  readonly accounts: { readonly bare: Account; readonly service: Account & { readonly unacknowledged: number } }
}

/** Explains what the numbers include and what not. */
const preface = `
bare     node:http, held GETs in a Map, answered on POST: no token check, no acknowledgement, no session.
         POSTs are pipelined on 8 connections. Clients send the same tokens as to the service; the server only parses them.
service  src/main.ts with default settings: RS256 tokens checked, sessions in a real PostgreSQL, acknowledgements
         (ack=auto) all the way to the queue. CPU and memory are those of its process, without PostgreSQL.
queue    A stand-in for SQS inside the load generator, which speaks the protocol and whose cost is the generator's. A
         local SQS would be the slowest part by far, so that its speed would be measured instead.`

/** Returns the report for people. */
export function report(results: Results): string {
  const { throughput, publishing, callbacks, memory, latency, sending } = results
  const { plan } = results.options
  return [
    preface,
    ...results.notes,
    ...loopSection(throughput, 'throughput over the queue', plan.throughput),
    ...loopSection(publishing, 'throughput over POST /notifications', plan.publishing),
    ...loopSection(callbacks, 'throughput over POST /callback/{id}', plan.callbacks),
    ...doubts([...throughput, ...publishing, ...callbacks]),
    ...section(memory, `memory, ${count(plan.memory.clients)} held polls`, [
      ['KiB per held poll', tenths, ({ kiBPerPoll }) => kiBPerPoll],
      ['MiB without a poll', count, ({ emptyKiB }) => emptyKiB / 1_024],
      ['MiB with all of them', count, ({ heldKiB }) => heldKiB / 1_024],
    ]),
    ...section(
      latency,
      `latency, ${count(plan.latency.clients)} clients, ${count(plan.latency.rate)} deliveries/s, each timed from when it was due`,
      [
        ['p50, ms', tenths, ({ p50 }) => p50],
        ['p99, ms', tenths, ({ p99 }) => p99],
        ['p99.9, ms', tenths, ({ p999 }) => p999],
        ['longest, ms', tenths, ({ longest }) => longest],
        ['(generator late, p99, ms)', tenths, ({ generatorLateP99 }) => generatorLateP99],
        ['deliveries per second', count, ({ deliveriesPerSecond }) => deliveriesPerSecond],
        ['cores, server', cores, ({ serverCores }) => serverCores],
        ['cores, PostgreSQL', cores, ({ databaseCores }) => databaseCores],
        ['cores, generator', cores, ({ generatorCores }) => generatorCores],
        ['SQS calls per delivery', cores, ({ queueCallsPerDelivery }) => queueCallsPerDelivery],
      ],
    ),
    ...sendingSection(sending, plan.sending),
    '',
    ...accountLines(results),
  ].join('\n')
}

function loopSection(pairs: readonly Pair<Throughput>[], title: string, { clients }: LoopPlan): string[] {
  return section(pairs, `${title}, ${count(clients)} clients, each with one delivery in flight`, [
    ['deliveries per CPU second', count, ({ deliveriesPerCpuSecond }) => deliveriesPerCpuSecond],
    ['deliveries per second', count, ({ deliveriesPerSecond }) => deliveriesPerSecond],
    ['p50, ms', tenths, ({ p50 }) => p50],
    ['p99, ms', tenths, ({ p99 }) => p99],
    ['CPU ms per 1,000, server', tenths, cpuMsPerThousand],
    ['CPU ms per 1,000, PostgreSQL', tenths, databaseMsPerThousand],
    ['cores, server', cores, ({ serverCores }) => serverCores],
    ['cores, PostgreSQL', cores, ({ databaseCores }) => databaseCores],
    ['cores, generator', cores, ({ generatorCores }) => generatorCores],
    ['SQS calls per delivery', cores, ({ queueCallsPerDelivery }) => queueCallsPerDelivery],
  ])
}

type Row<Round> = readonly [name: string, format: (value: number) => string, value: (round: Round) => number]

const widths = [30, 12, 12, 10] as const

function section<Round>(pairs: readonly Pair<Round>[], title: string, rows: readonly Row<Round>[]): string[] {
  if (pairs.length === 0) return []
  return [
    '',
    line([`${title[0]?.toUpperCase()}${title.slice(1)}`]),
    line(['', 'bare', 'service', 'ratio', pairs.length === 1 ? '' : 'ratios of the pairs']),
    ...rows.map(([name, format, value]) => {
      const bare = median(pairs.map((pair) => value(pair.bare)))
      const service = median(pairs.map((pair) => value(pair.service)))
      const ratios = pairs.map((pair) => value(pair.service) / value(pair.bare))
      const each = pairs.length === 1 ? '' : ratios.map(ratioOf).join('  ')
      return line([`  ${name}`, format(bare), format(service), ratioOf(median(ratios)), each])
    }),
  ]
}

function line([first = '', ...cells]: readonly string[]): string {
  const last = cells.length === 4 ? `   ${cells.pop()}` : ''
  return `${first.padEnd(widths[0])}${cells.map((cell, i) => cell.padStart(widths[i + 1] ?? 0)).join('')}${last}`.trimEnd()
}

function ratioOf(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '–'
}

/** A saturated server that gets less of a core than this shares the machine with other processes. */
const almostACore = 0.85

/** Returns the reasons to doubt the numbers per second. */
function doubts(pairs: readonly Pair<Throughput>[]): string[] {
  const rounds = pairs.flatMap(({ bare, service }) => [bare, service])
  const notes: string[] = []
  if (rounds.some(({ generatorCores, serverCores }) => generatorCores >= serverCores)) {
    notes.push(
      'In some rounds the generator took more CPU time than the server: deliveries per second show its own limit.',
    )
  }
  if (rounds.some(({ serverCores }) => serverCores < almostACore)) {
    notes.push('In some rounds the server did not get a whole core: other processes keep this machine busy.')
    notes.push('Then only the numbers per CPU second and per poll are comparable; latency is not.')
  }
  return notes
}

function accountLines({ accounts: { bare, service } }: Results): string[] {
  const words = ({ published, delivered, lost, duplicated, misdelivered }: Account) =>
    `${count(delivered)} of ${count(published)} delivered, ${lost} lost, ${duplicated} duplicated, ${misdelivered} misdelivered`
  return [
    `bare     ${words(bare)}`,
    `service  ${words(service)}, ${service.unacknowledged} unacknowledged`,
    ...(isFlawless({ bare, service }) ? [] : ['Some deliveries failed: every number after the first two must be 0.']),
  ]
}

/** Whether every delivery arrived once, at the right client, and was acknowledged to the queue. */
export function isFlawless({ bare, service }: Results['accounts']): boolean {
  const wrong = ({ lost, duplicated, misdelivered }: Account) => lost + duplicated + misdelivered
  return wrong(bare) + wrong(service) + service.unacknowledged === 0
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function tenths(value: number): string {
  return value.toFixed(1)
}

function cores(value: number): string {
  return value.toFixed(2)
}
