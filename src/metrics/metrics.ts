import { collectDefaultMetrics, Registry } from 'prom-client'
import type { SqsCounters } from '../adapters/sqs/counters.ts'
import type { Gauge } from '../delivery/gauge.ts'
import type { IntakeCounters } from '../delivery/intake/intake-queue.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { Clock } from '../delivery/ports.ts'
import type { AnsweredRequests } from '../http/held/answered-requests.ts'
import type { IssuerKeys } from '../http/tokens/issuer-keys.ts'
import type { WakeUpCounts, WatchedDatabase } from '../modes/mode.ts'
import type { SpanCounters } from '../tracing/spans.ts'
import { addAcceptance } from './acceptance.ts'
import { addDatabase } from './database.ts'
import type { Deliveries } from './deliveries.ts'
import { Families } from './families.ts'
import { addIntake } from './intake.ts'
import { addKeys } from './keys.ts'
import { addMailboxes } from './mailboxes.ts'
import { addPeers, type PeerCounters } from './peers.ts'
import { addRequests } from './requests.ts'
import { addSpans } from './spans.ts'
import { addSqs } from './sqs.ts'
import { addWakeUps } from './wake-ups.ts'

interface Measured extends PeerCounters {
  readonly mailboxes: Mailboxes
  readonly deliveries: Deliveries
  /** Notifications that were accepted over HTTP. */
  readonly accepted: { readonly publication: number; readonly callback: number }
  /** The requests of each port. */
  readonly answered: readonly AnsweredRequests[]
  readonly sqs: SqsCounters
  readonly stored: { readonly expired: number; readonly expiredAsSaid: number } | null
  readonly database: WatchedDatabase | null
  readonly wakeUps: WakeUpCounts | null
  readonly intake: Readonly<IntakeCounters>
  readonly keys: Pick<IssuerKeys, 'fetches' | 'fetchedAtMs'>
  readonly clock: Pick<Clock, 'now'>
  /** Returns the number of log lines that were dropped since the start. */
  readonly droppedLogLines: () => number
  /** Traces on their way to the collector. */
  readonly spans: Readonly<SpanCounters>
  /** Further gauges: how far the bounds are used. */
  readonly gauges: readonly Gauge[]
}

/**
 * Makes the metrics for operators, in the text format of Prometheus. Each value is read from its owner on request. No label
 * has a value that a client or a sender can choose.
 */
export function openMetrics(measured: Measured): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const families = new Families(register)
  const { clock } = measured
  for (const { name, help, read } of measured.gauges) families.gauge({ name, help }, read)
  addMailboxes(families, measured.mailboxes)
  measured.deliveries.addTo(families)
  addAcceptance(families, measured)
  addRequests(families, measured.answered)
  addSqs(families, measured.sqs)
  addPeers(families, measured)
  addIntake(families, measured.intake)
  addWakeUps(families, measured.wakeUps)
  addDatabase(families, measured.database, () => clock.now())
  addSpans(families, measured.spans)
  addKeys(families, measured.keys, Date.now)
  families.counter(
    { name: 'dropped_log_lines', help: 'Log lines that the reader of the log did not take.' },
    measured.droppedLogLines,
  )
  return register
}
