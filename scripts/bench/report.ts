import type { Latency } from './latency.ts'
import type { Account } from './ledger.ts'
import type { Memory } from './memory.ts'
import { cpuMsPerThousand, databaseMsPerThousand } from './meter.ts'
import type { Newcomers } from './newcomers.ts'
import type { LoopPlan } from './plans.ts'
import type { Pair, Results, UsualRound } from './results.ts'
import { sendingSection } from './sending-report.ts'
import { growthSection, semiSpaceSection } from './sweeps-report.ts'
import { count, hundredths, type Row, section, tenths } from './table.ts'
import type { Throughput } from './throughput.ts'

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
  const { machine, throughput, publishing, callbacks, mode2, memory, newcomers, latency, usual, sending } = results
  const { plan } = results.options
  const { clients, rate } = plan.latency
  return [
    preface,
    `machine  ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, load before ${tenths(machine.loadBefore)}`,
    ...results.notes,
    ...loopSection(throughput, 'throughput over the queue', plan.throughput),
    ...loopSection(publishing, 'throughput over POST /notifications', plan.publishing),
    ...loopSection(callbacks, 'throughput over POST /callback/{id}', plan.callbacks),
    ...loopSection(mode2.throughput, "mode 2: throughput over each client's queue", plan['mode-2']),
    ...doubts([...throughput, ...publishing, ...callbacks, ...mode2.throughput]),
    ...section(
      mode2.memory,
      `mode 2: memory, ${count(plan['mode-2'].clients)} clients with an open receive each`,
      ofMemory,
    ),
    ...section(memory, `memory, ${count(plan.memory.clients)} held polls`, ofMemory),
    ...section(newcomers, `newcomers, ${count(plan.newcomers.clients)} clients with tokens never seen`, ofNewcomers),
    ...section(
      latency,
      `latency, ${count(clients)} clients, ${count(rate)} deliveries/s, each timed from when it was due`,
      ofLatency,
    ),
    ...plan.usual.rates.flatMap((rate) => usualSections(usual, rate, plan.usual.clients)),
    ...growthSection(results.growth),
    ...semiSpaceSection(results.semiSpace, plan['semi-space']),
    ...sendingSection(sending, plan.sending),
    '',
    ...accountLines(results),
  ].join('\n')
}

const ofMemory: readonly Row<Memory>[] = [
  ['KiB per held poll', tenths, ({ kiBPerPoll }) => kiBPerPoll],
  ['MiB without a poll', count, ({ emptyKiB }) => emptyKiB / 1_024],
  ['MiB with all of them', count, ({ heldKiB }) => heldKiB / 1_024],
]

const ofNewcomers: readonly Row<Newcomers>[] = [
  ['CPU s until all are held', hundredths, ({ first }) => first.cpuSeconds],
  ['s until all are held', hundredths, ({ first }) => first.seconds],
  ['PostgreSQL, transactions', count, ({ writes }) => writes],
  ['reconnecting, CPU s', hundredths, ({ again }) => again.cpuSeconds],
  ['reconnecting, s', hundredths, ({ again }) => again.seconds],
]

const ofLatency: readonly Row<Latency>[] = [
  ['p50, ms', hundredths, ({ p50 }) => p50],
  ['p99, ms', tenths, ({ p99 }) => p99],
  ['p99.9, ms', tenths, ({ p999 }) => p999],
  ['longest, ms', tenths, ({ longest }) => longest],
  ['(generator late, p99, ms)', tenths, ({ generatorLateP99 }) => generatorLateP99],
  ['deliveries per second', count, ({ deliveriesPerSecond }) => deliveriesPerSecond],
  ['cores, server', hundredths, ({ serverCores }) => serverCores],
  ['cores, PostgreSQL', hundredths, ({ databaseCores }) => databaseCores],
  ['cores, generator', hundredths, ({ generatorCores }) => generatorCores],
  ['SQS calls per delivery', hundredths, ({ queueCallsPerDelivery }) => queueCallsPerDelivery],
]

/** Returns the pairs of the usual load at this rate, over one of the ways. */
export function usualPairs(rounds: readonly UsualRound[], rate: number, way: 'queue' | 'http'): Pair<Latency>[] {
  return rounds.filter((round) => round.rate === rate).map((round) => ({ bare: round.bare, service: round[way] }))
}

function usualSections(rounds: readonly UsualRound[], rate: number, clients: number): string[] {
  const title = `usual load, ${count(clients)} clients, ${count(rate)} deliveries/s over`
  return [
    ...section(usualPairs(rounds, rate, 'queue'), `${title} the queue`, ofLatency),
    ...section(usualPairs(rounds, rate, 'http'), `${title} POST /notifications`, ofLatency),
  ]
}

function loopSection(pairs: readonly Pair<Throughput>[], title: string, { clients }: LoopPlan): string[] {
  return section(pairs, `${title}, ${count(clients)} clients, each with one delivery in flight`, [
    ['deliveries per CPU second', count, ({ deliveriesPerCpuSecond }) => deliveriesPerCpuSecond],
    ['deliveries per second', count, ({ deliveriesPerSecond }) => deliveriesPerSecond],
    ['p50, ms', tenths, ({ p50 }) => p50],
    ['p99, ms', tenths, ({ p99 }) => p99],
    ['CPU ms per 1,000, server', tenths, cpuMsPerThousand],
    ['CPU ms per 1,000, PostgreSQL', tenths, databaseMsPerThousand],
    ['cores, server', hundredths, ({ serverCores }) => serverCores],
    ['cores, PostgreSQL', hundredths, ({ databaseCores }) => databaseCores],
    ['cores, generator', hundredths, ({ generatorCores }) => generatorCores],
    ['SQS calls per delivery', hundredths, ({ queueCallsPerDelivery }) => queueCallsPerDelivery],
  ])
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
