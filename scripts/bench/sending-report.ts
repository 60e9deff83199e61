import type { Latency } from './latency.ts'
import { cpuMsPerThousand, databaseMsPerThousand } from './meter.ts'
import type { RatePlan } from './plans.ts'
import { median } from './statistics.ts'
import { type Way, ways } from './ways.ts'

/** One round of each way to send, one right after the other. */
export type SendingRound = Readonly<Record<Way, Latency>>

/** Explains the ways. */
const preface = `
queue    to the queue of the client's instance, which the sender knows already
look-up  GET /sessions/{clientId} first, at either instance, then to that queue
intake   to the intake queue, from which either instance may receive
HTTP     POST /notifications, at either instance: stored in PostgreSQL before it is answered
         Two instances; half of the clients at each. The queues are stand-ins that answer at once: on AWS a message waits for
         the network twice, and a third time if it is sent on.`

const titles: Readonly<Record<Way, string>> = { queue: 'queue', lookUp: 'look-up', intake: 'intake', http: 'HTTP' }

type Row = readonly [name: string, digits: number, value: (latency: Latency, round: SendingRound) => number]

const rows: readonly Row[] = [
  ['CPU ms per 1,000, instances', 0, cpuMsPerThousand],
  ['CPU ms per 1,000, PostgreSQL', 0, databaseMsPerThousand],
  ['SQS calls per delivery', 2, ({ queueCallsPerDelivery }) => queueCallsPerDelivery],
  ['p50, ms', 1, ({ p50 }) => p50],
  ['p50 beyond that of queue, ms', 1, ({ p50 }, { queue }) => p50 - queue.p50],
  ['p50 beyond look-up, ms', 1, ({ p50 }, { lookUp }) => p50 - lookUp.p50],
  ['p99, ms', 1, ({ p99 }) => p99],
  ['(generator late, p99, ms)', 1, ({ generatorLateP99 }) => generatorLateP99],
  ['deliveries per second', 0, ({ deliveriesPerSecond }) => deliveriesPerSecond],
]

/** Returns the lines for people: the median of the rounds for each way. */
export function sendingSection(rounds: readonly SendingRound[], { clients, rate }: RatePlan): string[] {
  if (rounds.length === 0) return []
  return [
    preface,
    '',
    `Ways to send, ${clients.toLocaleString('en')} clients, ${rate.toLocaleString('en')} deliveries/s; medians of ${rounds.length}`,
    lineOf(
      '',
      ways.map((way) => titles[way]),
    ),
    ...rows.map(([name, digits, value]) =>
      lineOf(
        `  ${name}`,
        ways.map((way) => median(rounds.map((round) => value(round[way], round))).toFixed(digits)),
      ),
    ),
  ]
}

function lineOf(first: string, cells: readonly string[]): string {
  return `${first.padEnd(32)}${cells.map((cell) => cell.padStart(10)).join('')}`
}
