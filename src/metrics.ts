import { Counter, collectDefaultMetrics, Gauge as PrometheusGauge, Registry } from 'prom-client'
import type { SqsCounters } from './adapters/sqs/counters.ts'
import type { Gauge } from './delivery/gauge.ts'
import type { IntakeCounters } from './delivery/intake/intake-queue.ts'
import type { Mailboxes } from './delivery/mailboxes.ts'

interface Measured {
  readonly mailboxes: Mailboxes
  readonly sqs: SqsCounters
  /** Notifications that were forwarded to other instances, and failures to forward. */
  readonly forwards: { readonly sent: number; readonly failed: number }
  /** Entries that other instances have taken, and failures to reach them. */
  readonly relays: { readonly sent: number; readonly failed: number }
  readonly intake: Readonly<IntakeCounters>
  /** Further gauges: how far the bounds are used. */
  readonly gauges: readonly Gauge[]
}

/** The price for a standard queue, beyond the first million calls of a month: https://aws.amazon.com/sqs/pricing/ */
const dollarsPerMillionReceives = 0.4
/** AWS counts a month as 730 hours. */
const minutesPerMonth = 730 * 60

/** Makes the metrics for operators, in the text format of Prometheus. Each value is read from its owner on request. */
export function openMetrics({ mailboxes, sqs, forwards, relays, intake, gauges }: Measured): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const gauge = (name: string, help: string, read: () => number): void => {
    new PrometheusGauge({
      name: `notifications_${name}`,
      help,
      registers: [register],
      collect() {
        this.set(read())
      },
    })
  }
  // The totals are kept by their owners and a counter can only be increased, so each reading replaces the last one.
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `notifications_${name}_total`,
      help,
      registers: [register],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }
  for (const { name, help, read } of gauges) gauge(name, help, read)
  gauge('held_polls', 'Polls held by this instance.', () => mailboxes.heldPolls)
  gauge('mailboxes', 'Clients with a poll, a lease or a session here.', () => mailboxes.size)
  gauge('leased_bytes', 'Bytes of memory counted for leased notifications.', () => mailboxes.leasedMemory.bytes)
  gauge(
    'absent_leased_bytes',
    'Bytes of those counted for clients that are not connected here.',
    () => mailboxes.leasedMemory.absentBytes,
  )
  gauge(
    'held_back_clients',
    'Clients whose notifications are left in their queue or table because memory is short.',
    () => mailboxes.heldBack.clients,
  )
  counter(
    'held_back',
    'Notifications that were not leased because memory was short.',
    () => mailboxes.heldBack.notifications,
  )
  gauge('sqs_receives_open', 'Receives from SQS in flight.', () => sqs.receiving)
  counter('sqs_receives', 'Receives issued to SQS.', () => sqs.receives.total)
  gauge('sqs_receives_per_minute', 'Receives issued in the last minute.', () => sqs.receives.perMinute)
  gauge(
    'sqs_receives_dollars_per_month',
    'Cost of the receives of the last minute, projected to a month, at the list price of SQS.',
    () => (sqs.receives.perMinute * minutesPerMonth * dollarsPerMillionReceives) / 1_000_000,
  )
  counter('sqs_missing', 'Receives that found no queue where that is no failure.', () => sqs.missing)
  counter('sqs_received', 'Messages received from SQS.', () => sqs.received)
  counter('sqs_empty_receives', 'Receives that returned no message.', () => sqs.emptyReceives)
  counter('sqs_receive_errors', 'Receives that failed.', () => sqs.receiveErrors)
  counter('acknowledged', 'Messages whose deletion SQS has confirmed.', () => sqs.acknowledged)
  counter('released', 'Messages released to SQS without an acknowledgement.', () => sqs.released)
  counter('settlements_given_up', 'Deletions and releases that SQS never confirmed.', () => sqs.givenUp)
  counter('invalid', 'Messages that are not valid notifications.', () => sqs.invalid)
  counter(
    'invalid_hidden',
    'Invalid messages hidden in their queue because there is no dead-letter queue.',
    () => sqs.invalidHidden,
  )
  counter('forwarded', 'Notifications forwarded to another instance.', () => forwards.sent)
  counter('forward_errors', 'Failures to forward a notification.', () => forwards.failed)
  gauge('intake_under_way', 'Notifications of the intake queue that are being passed on.', () => intake.underWay)
  counter(
    'intake_sent_on',
    'Notifications of the intake queue sent to the instance of their client.',
    () => intake.sentOn,
  )
  counter(
    'intake_kept',
    "Notifications of the intake queue stored, or sent to their client's queue.",
    () => intake.kept,
  )
  counter('intake_errors', 'Failures to pass on a notification of the intake queue.', () => intake.failed)
  counter('intake_left', 'Notifications left in the intake queue, which shows them again.', () => intake.left)
  counter('relayed', 'Entries that another instance has taken.', () => relays.sent)
  counter('relay_errors', 'Entries that another instance may not have taken.', () => relays.failed)
  return register
}
